import type { BookingRequest } from '#domain/booking.ts'
import { addDays } from '#domain/civil.ts'
import type { Listing } from '#domain/listing.ts'
import { type ListingState, unpublished } from '#domain/listing/state.ts'
import type { Caller, FreeUnits, QueryClient } from './query-client.ts'

/** What the query API knows of a listing and of the asked days of its calendar: advice, never the decision. */
export type KnownState = ListingState & { listing: Listing }

type Asked = Pick<BookingRequest, 'listingId' | 'checkIn' | 'checkOut'>

/** Without its calendar if that cannot be read; `undefined` if the listing cannot. @throws ProblemError if the listing does not exist */
export async function knownState(query: QueryClient, asked: Asked, caller: Caller): Promise<KnownState | undefined> {
  const [listing, free] = await Promise.all([
    query.listingIfAvailable(asked.listingId, caller),
    query.freeUnitsIfAvailable(asked.listingId, daysOf(asked), caller),
  ])
  return listing && { ...unpublished, listing, taken: takenOf(listing, free) }
}

/** With its calendar. @throws ProblemError if the listing does not exist or cannot be read */
export async function readState(query: QueryClient, asked: Asked, caller: Caller): Promise<KnownState> {
  const [listing, free] = await Promise.all([
    query.listing(asked.listingId, caller),
    query.freeUnits(asked.listingId, daysOf(asked), caller),
  ])
  return { ...unpublished, listing, taken: takenOf(listing, free) }
}

const daysOf = ({ checkIn, checkOut }: Asked) => ({ from: checkIn, to: checkOut ?? addDays(checkIn, 1) })

const takenOf = ({ capacity }: Listing, free: FreeUnits = new Map()): ListingState['taken'] =>
  new Map([...free].map(([day, units]) => [day, capacity - units]))
