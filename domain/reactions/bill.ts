import { type Booking, isLive } from '../booking.ts'
import type { Pay } from '../effects.ts'
import { type Event, isBookingEvent } from '../event.ts'
import type { PaymentStatus } from '../payment.ts'

type Operation = Pick<Pay, 'operation' | 'amount'>

/** What the payment of a booking needs next. An event that leaves the payment as it was may ask again for the same operation. */
export function bill(event: Event): Pay[] {
  if (!isBookingEvent(event) || !event.booking.payment) return []
  const { booking, bookingId } = event
  const needed = NEEDED[event.booking.payment.status](booking)
  return needed ? [{ type: 'pay', id: `${bookingId}:${needed.operation}`, ...needed, event }] : []
}

/** What a booking needs, by the state of its payment. */
const NEEDED: Readonly<Record<PaymentStatus, (booking: Booking) => Operation | null>> = {
  none: (booking) => (booking.status === 'pending' ? { operation: 'authorize', amount: booking.price.amount } : null),
  requires_action: voidIfEnded,
  authorized: (booking) =>
    wasConfirmed(booking) ? { operation: 'capture', amount: booking.price.amount } : voidIfEnded(booking),
  captured: refundIfEnded,
  partially_refunded: () => null,
  refunded: () => null,
  voided: () => null,
  failed: () => null,
}

/** The cancellation of a confirmed booking says what is refunded. */
const wasConfirmed = ({ status, payment }: Booking): boolean =>
  status === 'confirmed' || status === 'completed' || payment?.refundDue != null

function voidIfEnded(booking: Booking): Operation | null {
  return isLive(booking.status) ? null : { operation: 'void', amount: booking.price.amount }
}

/** Everything if the booking ended without a cancellation of its traveler, which may cost something. */
function refundIfEnded({ status, payment, price }: Booking): Operation | null {
  if (isLive(status) || status === 'completed') return null
  const amount = payment?.refundDue ?? price.amount
  return amount > 0 ? { operation: 'refund', amount } : null
}
