import type { Listing } from '#domain/listing.ts'
import { DEMO_LISTINGS } from '#processor/upkeep/demo-listings.ts'

/** The owner whose listings the demo books and whose bookings it decides; no other command uses it. */
export const OWNER = 'demo-owner'

/** Copies of the listings of the documents' examples, which stay as they are. */
export const LISTINGS: readonly Listing[] = DEMO_LISTINGS.map((listing) => ({
  ...listing,
  id: `demo-${listing.id}`,
  ownerId: OWNER,
}))
