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

type Step = Pick<Transition, 'event' | 'to'>

/** One fact for each transition of the path. */
export function factsAlong(
  path: readonly [Step, ...Step[]],
  start: Booking | NewBooking,
  at: Instant,
  reason: string | null,
): [Fact, ...Fact[]] {
  const [{ event: type, to }, ...rest] = path
  const status = to === 'same' ? start.status! : to
  const holdExpiresAt = STATES[status].expires ? start.holdExpiresAt : null
  const booking = { ...start, status, reason, version: start.version + 1, holdExpiresAt, updatedAt: at }
  const fact: Fact = { type, bookingId: booking.id, previousStatus: start.status, reason, booking }
  const [next, ...after] = rest
  return next ? [fact, ...factsAlong([next, ...after], booking, at, reason)] : [fact]
}
