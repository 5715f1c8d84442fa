import type { Actor } from '../actor.ts'
import type { Fact, ListingEvent } from '../event.ts'
import type { Listing } from '../listing.ts'
import { refused } from './facts.ts'
import { mayManage } from './rights.ts'
import type { ListingState } from './state.ts'

/** A withdrawn listing may be published again with the same owner and kind. */
export function publish(listing: Listing, actor: Actor, state: ListingState): Fact {
  if (!mayManage(actor, listing.ownerId)) return refused('not_yours')
  if (state.listing && !(state.withdrawn && isSame(state.listing, listing, state))) return refused('listing_exists')
  return fits(state, listing) ? { type: 'listing.published', listing } : refused('capacity_taken')
}

/** The confirmation policy may change only while the listing has no live bookings. */
const isSame = (old: Listing, listing: Listing, { taken }: ListingState): boolean =>
  old.ownerId === listing.ownerId &&
  old.kind === listing.kind &&
  (old.confirmationPolicy === listing.confirmationPolicy || taken.size === 0)

/** Changes or withdraws a listing, depending on the event type. */
export function changeListing(
  type: ListingEvent['type'],
  changes: Partial<Listing>,
  actor: Actor,
  state: ListingState,
): Fact {
  if (!state.listing) return refused('unknown_listing')
  if (!mayManage(actor, state.listing.ownerId)) return refused('not_yours')
  if (state.withdrawn) return refused('listing_withdrawn')
  const listing = { ...state.listing, ...changes }
  return fits(state, listing) ? { type, listing } : refused('capacity_taken')
}

const fits = (state: ListingState, { capacity }: Listing): boolean =>
  [...state.taken.values()].every((taken) => taken <= capacity)
