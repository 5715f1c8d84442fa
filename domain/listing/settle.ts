import { type Booking, STATES } from '../booking.ts'
import { partOf, percentAt, termsOf, zoneOf } from '../cancellation.ts'
import type { Instant } from '../civil.ts'
import type { BookingCommand } from '../command.ts'
import type { Fact, Refusal } from '../event.ts'
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
  const rows = transitionsFor(command.type, command.actor)
  const refusal = rows.length === 0 ? 'not_yours' : refusalOf(command, booking)
  if (refusal) return [refused(refusal, booking)]
  const changed = changedBy(command, booking, listing)
  const path = pathFrom(booking.status, rows, circumstancesOf(command, changed, listing))
  if (typeof path === 'string') return [refused(path, booking)]
  const reason = path[0].to === 'same' ? booking.reason : reasonIn(command)
  return factsAlong(path, changed, command.at, reason)
}

/** Why a command is refused whatever the status of the booking is. */
function refusalOf(command: BookingCommand, booking: Booking): Refusal | null {
  if (!isParty(command.actor, booking)) return 'not_yours'
  const expected = 'expectedVersion' in command ? command.expectedVersion : undefined
  if (expected !== undefined && ![expected].flat().includes(booking.version)) return 'version_mismatch'
  if (command.type === 'RecordPayment' && !isNews(command.report, booking)) return 'payment_settled'
  if (command.type === 'RemindOwner' && booking.remindedAt !== null) return 'already_reminded'
  return null
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
      return booking.status === 'confirmed' ? withRefundDue(command, booking, listing) : booking
    default:
      return booking
  }
}

function withRefundDue({ actor, at }: BookingCommand, booking: Booking, listing: Listing): Booking {
  const { payment, price } = booking
  const refundDue = partOf(price.amount, refundPercentOf(booking, listing, actor.role, at))
  return payment ? { ...booking, payment: { ...payment, refundDue } } : booking
}

/** The part of the price that a cancellation gives back. Only a traveler's own cancellation can cost something. */
export const refundPercentOf = (
  booking: Pick<Booking, 'cancellationPolicy' | 'checkIn' | 'createdAt' | 'timeZone'>,
  listing: Pick<Listing, 'timeZone'>,
  by: BookingCommand['actor']['role'],
  at: Instant,
): number => (by === 'traveler' ? percentAt(termsOf({ ...booking, timeZone: zoneOf(booking, listing) }), at) : 100)

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
