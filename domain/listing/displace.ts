import type { Instant } from '../civil.ts'
import type { Fact } from '../event.ts'
import { factsAlong } from './facts.ts'
import { bookingOf, evolve, hasRoom, holds, type ListingState } from './state.ts'
import { DISPLACED } from './transitions.ts'

/** The rejections of requests that do not hold their dates, and whose dates the facts take. */
export function displacedBy(facts: readonly Fact[], state: ListingState, at: Instant): Fact[] {
  const after = facts.reduce(evolve, state)
  const { listing } = after
  if (!listing || listing.holdOnRequest) return []
  return [...after.bookings].flatMap(([id, { status, checkIn, checkOut, quantity }]) => {
    const isWaiting = status === 'pending' && !holds(status, listing)
    if (!isWaiting || hasRoom({ checkIn, checkOut, quantity }, after)) return []
    return factsAlong([DISPLACED], bookingOf(after, id)!, at, 'dates_unavailable')
  })
}
