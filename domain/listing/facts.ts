import { type Booking, STATES } from '../booking.ts'
import type { Instant } from '../civil.ts'
import type { Fact, Refusal } from '../event.ts'
import type { Transition } from './transitions.ts'

export const refused = (reason: Refusal, booking: Booking | null = null, bookingId = booking?.id ?? null): Fact => ({
  type: 'command.refused',
  bookingId,
  reason,
  booking,
})

/** A booking before its first transition. */
export type NewBooking = Omit<Booking, 'status'> & { status: null }

/** One fact for each transition of the path. */
export function factsAlong(
  path: readonly [Transition, ...Transition[]],
  start: Booking | NewBooking,
  at: Instant,
  reason: string | null,
): [Fact, ...Fact[]] {
  const [{ event: type, to: status }, ...rest] = path
  const holdExpiresAt = STATES[status].expires ? start.holdExpiresAt : null
  const booking = { ...start, status, reason, version: start.version + 1, holdExpiresAt, updatedAt: at }
  const fact: Fact = { type, bookingId: booking.id, previousStatus: start.status, reason, booking }
  const [next, ...after] = rest
  return next ? [fact, ...factsAlong([next, ...after], booking, at, reason)] : [fact]
}
