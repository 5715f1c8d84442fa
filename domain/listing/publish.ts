import { isLive } from '../booking.ts'
import type { Block } from '../block.ts'
import type { Actor } from '../actor.ts'
import type { Fact, ListingEvent } from '../event.ts'
import type { Listing } from '../listing.ts'
import { refused } from './facts.ts'
import { mayManage } from './rights.ts'
import type { ListingState } from './state.ts'

/** Most blocks of one listing. They bound the document that decides. */
export const MAX_BLOCKS = 500

/** A withdrawn listing may be published again with the same owner and kind. */
export function publish(listing: Listing, actor: Actor, state: ListingState): Fact {
  if (!mayManage(actor, listing.ownerId)) return refused('not_yours')
  if (state.listing && !(state.withdrawn && isSame(state.listing, listing, state))) return refused('listing_exists')
  return recorded('listing.published', listing, state)
}

/** How bookings are confirmed, and whether requests hold their dates, may change only while the listing has no live bookings. */
const isSame = (old: Listing, listing: Listing, { bookings }: ListingState): boolean =>
  old.ownerId === listing.ownerId &&
  old.kind === listing.kind &&
  ((old.confirmationPolicy === listing.confirmationPolicy && old.holdOnRequest === listing.holdOnRequest) ||
    ![...bookings.values()].some(({ status }) => isLive(status)))

/** Changes or withdraws a listing, depending on the event type. */
export function changeListing(
  type: ListingEvent['type'],
  changes: Partial<Listing>,
  actor: Actor,
  state: ListingState,
): Fact {
  const listing = managed(actor, state)
  return 'type' in listing ? listing : recorded(type, { ...listing, ...changes }, state)
}

export function blockDays(block: Block, actor: Actor, state: ListingState): Fact {
  const listing = managed(actor, state)
  if ('type' in listing) return listing
  if (state.blocks.size >= MAX_BLOCKS) return refused('too_many_blocks')
  const isBooked = [...state.taken.keys()].some((day) => block.from <= day && day < block.to)
  return isBooked ? refused('days_booked') : { type: 'listing.blocked', listing, block }
}

export function unblockDays(blockId: string, actor: Actor, state: ListingState): Fact {
  const listing = managed(actor, state)
  if ('type' in listing) return listing
  const block = state.blocks.get(blockId)
  return block ? { type: 'listing.unblocked', listing, block: { id: blockId, ...block } } : refused('unknown_block')
}

/** The listing, if the actor may change it now. */
function managed(actor: Actor, { listing, withdrawn }: ListingState): Listing | Fact {
  if (!listing) return refused('unknown_listing')
  if (!mayManage(actor, listing.ownerId)) return refused('not_yours')
  return withdrawn ? refused('listing_withdrawn') : listing
}

function recorded(type: ListingEvent['type'], listing: Listing, { taken }: ListingState): Fact {
  if (listing.minNights > listing.maxNights) return refused('invalid_listing')
  const fits = [...taken.values()].every((count) => count <= listing.capacity)
  return fits ? { type, listing, block: null } : refused('capacity_taken')
}
