import { isLive } from '../booking.ts'
import type { Instant } from '../civil.ts'
import type { Fact } from '../event.ts'
import { factsAlong } from './facts.ts'
import { bookingOf, evolve, hasRoom, holds, type ListingState } from './state.ts'
import { DISPLACED } from './transitions.ts'

/** The rejections of requests that do not hold their dates, and whose dates the facts take. */
export function displacedBy(facts: readonly Fact[], state: ListingState, at: Instant): Fact[] {
  // While bookings are live, no fact changes this.
  if (!state.listing || state.listing.holdOnRequest) return []
  const after = facts.reduce(evolve, state)
  return [...after.bookings].flatMap(([id, { status, checkIn, checkOut, quantity }]) => {
    const hasNoHold = isLive(status) && !holds(status, after.listing)
    if (!hasNoHold || hasRoom({ checkIn, checkOut, quantity }, after)) return []
    return factsAlong([DISPLACED], bookingOf(after, id)!, at, 'dates_unavailable')
  })
}
