import { type Booking, STATES } from '../booking.ts'
import { partOf, percentAt, termsOf } from '../cancellation.ts'
import type { Instant } from '../civil.ts'
import type { BookingCommand } from '../command.ts'
import type { Fact } from '../event.ts'
import type { Listing } from '../listing.ts'
import { mayFollow, PAYMENT_STATES, type PaymentReport, withReport } from '../payment.ts'
import type { Party } from '../policies.ts'
import { factsAlong, refused } from './facts.ts'
import { isParty } from './rights.ts'
import { type Circumstances, pathFrom, transitionsFor } from './transitions.ts'

/** What a command does to a booking that exists. */
export function settle(
  command: BookingCommand,
  booking: Booking | undefined,
  listing: Listing | null,
): [Fact, ...Fact[]] {
  if (!booking || !listing) return [refused('unknown_booking', null, command.bookingId)]
  const { type, actor, at } = command
  const rows = transitionsFor(type, actor)
  if (rows.length === 0 || !isParty(actor, booking)) return [refused('not_yours', booking)]
  const expected = 'expectedVersion' in command ? command.expectedVersion : undefined
  if (expected !== undefined && ![expected].flat().includes(booking.version))
    return [refused('version_mismatch', booking)]
  if (command.type === 'RecordPayment' && !isNews(command.report, booking)) return [refused('payment_settled', booking)]
  if (type === 'RemindOwner' && booking.remindedAt !== null) return [refused('already_reminded', booking)]
  const changed = changedBy(command, booking, listing)
  const path = pathFrom(booking.status, rows, circumstancesOf(command, changed, listing))
  if (typeof path === 'string') return [refused(path, booking)]
  const reason = path[0].to === 'same' ? booking.reason : reasonIn(command)
  return factsAlong(path, changed, at, reason)
}

const isNews = (report: PaymentReport, { status, payment }: Booking): boolean =>
  // Only the cancellation of a confirmed booking makes a refund due.
  payment !== null && mayFollow(payment, report, STATES[status].confirmed || payment.refundDue !== null)

/** The booking with what the command changes beside its state. */
function changedBy(command: BookingCommand, booking: Booking, listing: Listing): Booking {
  const { payment, price } = booking
  switch (command.type) {
    case 'RemindOwner':
      return { ...booking, remindedAt: command.at }
    case 'RecordPayment':
      return payment ? { ...booking, payment: withReport(payment, command.report, price.amount) } : booking
    case 'CancelBooking':
      if (!payment || booking.status !== 'confirmed') return booking
      return {
        ...booking,
        payment: { ...payment, refundDue: refundOf(booking, listing, command.actor.role, command.at) },
      }
    default:
      return booking
  }
}

/** What a cancellation gives back, in minor units. */
export const refundOf = (
  booking: Booking,
  listing: Pick<Listing, 'timeZone'>,
  by: BookingCommand['actor']['role'],
  at: Instant,
): number => partOf(booking.price.amount, refundPercentOf(booking, listing, by, at))

/** The part of the price that a cancellation gives back. Only a traveler's own cancellation can cost something. */
export const refundPercentOf = (
  booking: Pick<Booking, 'cancellationPolicy' | 'checkIn' | 'createdAt'>,
  { timeZone }: Pick<Listing, 'timeZone'>,
  by: BookingCommand['actor']['role'],
  at: Instant,
): number => (by === 'traveler' ? percentAt(termsOf({ ...booking, timeZone }), at) : 100)

function circumstancesOf(command: BookingCommand, booking: Booking, listing: Listing): Circumstances {
  return {
    policy: listing.confirmationPolicy,
    possible: true,
    agreed: agreedBy(command, booking),
    isDue: isDue(command, booking),
    ...(command.type === 'RecordPayment' && { result: command.report.result }),
  }
}

function agreedBy({ type }: BookingCommand, { status, payment }: Booking): Party[] {
  const owner = type === 'AcceptBooking' || status === 'accepted'
  return [
    ...(owner ? (['owner'] as const) : []),
    ...(payment && PAYMENT_STATES[payment.status].agreed ? (['payment'] as const) : []),
  ]
}

function isDue({ type, at }: BookingCommand, { holdExpiresAt, endsAt }: Booking): boolean {
  const dueAt = type === 'CompleteBooking' ? endsAt : holdExpiresAt
  return dueAt !== null && at >= dueAt
}

const reasonIn = (command: BookingCommand): string | null => {
  if (command.type === 'RecordPayment')
    return command.report.result === 'failed' ? (command.report.reason ?? 'payment_failed') : null
  return 'reason' in command ? command.reason : null
}
