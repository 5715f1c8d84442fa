import type { Context } from 'hono'
import { z } from 'zod'
import { CivilDate } from '#domain/civil.ts'
import { Id } from '#domain/ids.ts'
import { Listing, ListingDraft, ListingUpdate, partsOf } from '#domain/listing.ts'
import { intentOf } from '../commands/intent.ts'
import {
  changeListing,
  listingIdIn,
  publishListing,
  readListing,
  rejectChanged,
  requireChange,
  withdrawListing,
} from '../commands/write-listing.ts'
import type { EdgeDeps, EdgeEnv } from '../deps.ts'
import type { ProblemCode } from '../problem-types.ts'
import { forward } from '../reads/forward.ts'
import * as examples from '../reference/examples.ts'
import { pageOf } from '../reference/responses.ts'
import { WAITS } from './bookings.ts'
import { BLOCK_SCHEMAS, blockRoutes } from './blocks.ts'
import { CALENDAR_SCHEMAS, listingCalendarRoutes } from './calendars.ts'
import { EVERYONE, MANAGERS, route, type Route, type RouteGroup } from './route.ts'

/** Withdrawn listings are shown to their owner, to travelers who booked them, and to admins. */
export const WITHDRAWN = z.literal(true).optional().describe('Only in a listing that its owner has withdrawn.')

const ShownListing = Listing.extend({ withdrawn: WITHDRAWN })

const ListingPage = pageOf(Listing)

const Availability = z.strictObject({
  listingId: Id,
  from: CivilDate,
  to: CivilDate,
  capacity: z.int(),
  data: z.array(z.strictObject({ day: CivilDate, free: z.int().min(0) })),
})

const listingDraft = {
  name: 'City loft',
  maxGuests: 4,
  price: { amount: 12_500, currency: 'USD' },
  timeZone: 'America/New_York',
}

const listingChanges = { price: { amount: 14_000, currency: 'USD' } }

const availability = {
  listingId: examples.LISTING_ID,
  from: examples.SPAN.checkIn,
  to: '2030-12-03',
  capacity: 1,
  data: [
    { day: '2030-12-01', free: 0 },
    { day: '2030-12-02', free: 1 },
  ],
}

export const NOT_DONE_YET = 'Accepted for processing, not done yet.'
/** Problems of a write that reads its listing first. */
export const NOT_READ: readonly ProblemCode[] = ['query_unavailable', 'not_yet_visible']

export const NOT_PUBLISHED_YET = 'Accepted for processing, not published yet.'

/** Withdraws the listing of the path. */
export const withdraw = {
  method: 'DELETE',
  access: { roles: MANAGERS, owned: 'listing' },
  flow: 'command',
  parameters: ['listingId'],
  problems: ['unknown_listing', 'listing_withdrawn'],
  async handle(c: Context<EdgeEnv>, deps: EdgeDeps) {
    const receipt = await withdrawListing(deps, await intentOf(c, deps), listingIdIn(c))
    return c.body(null, receipt ? 204 : 202)
  },
} as const

const routes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/v1/listings',
    access: { roles: EVERYONE },
    flow: 'read',
    operationId: 'listListings',
    summary: 'List listings by name',
    parameters: ['kind', 'ownerId', 'limit', 'cursor'],
    responses: {
      200: {
        description: 'One page of listings.',
        schema: ListingPage,
        example: examples.pageOf(examples.listing),
        headers: ['Link'],
      },
    },
    problems: ['invalid_cursor'],
    handle: forward,
  }),
  route({
    method: 'GET',
    path: '/v1/listings/:id',
    access: { roles: EVERYONE },
    flow: 'read',
    operationId: 'readListing',
    summary: 'Read a listing',
    parameters: ['listingId'],
    responses: { 200: { description: 'The listing.', schema: ShownListing, example: examples.listing } },
    problems: ['unknown_listing'],
    handle: forward,
  }),
  route({
    method: 'GET',
    path: '/v1/listings/:id/availability',
    access: { roles: EVERYONE },
    flow: 'read',
    operationId: 'readAvailability',
    summary: 'Read how many units are free, day by day',
    description: 'Pending bookings count as taken, unless `holdOnRequest` of the listing is false.',
    parameters: ['listingId', 'firstDay', 'lastDay'],
    responses: {
      200: { description: 'Every day of the range.', schema: Availability, example: availability },
    },
    problems: ['unknown_listing'],
    handle: forward,
  }),
  route({
    method: 'POST',
    path: '/v1/listings',
    access: { roles: MANAGERS },
    flow: 'command',
    operationId: 'publishListing',
    summary: 'Publish a listing',
    description: `The caller becomes its owner. ${WAITS}`,
    body: { schema: ListingDraft, examples: { stay: listingDraft } },
    responses: {
      201: { description: 'The listing.', schema: Listing, example: examples.listing, headers: ['Location'] },
      202: { description: NOT_PUBLISHED_YET, schema: Listing, example: examples.listing, headers: ['Location'] },
    },
    problems: ['unknown_listing', 'listing_exists', 'capacity_taken', 'invalid_listing'],
    async handle(c, deps, draft) {
      const { listing, isPending } = await publishListing(deps, await intentOf(c, deps), draft)
      return c.json(listing, isPending ? 202 : 201, { Location: `/v1/listings/${listing.id}` })
    },
  }),
  route({
    method: 'PATCH',
    path: '/v1/listings/:id',
    access: { roles: MANAGERS, owned: 'listing' },
    flow: 'command',
    operationId: 'changeListing',
    summary: 'Change a listing',
    description: `Takes the fields to change; what a read returns can be sent back. Bookings made earlier stay as they are. ${WAITS}`,
    parameters: ['listingId'],
    body: { schema: ListingUpdate, examples: { price: listingChanges } },
    responses: {
      200: {
        description: 'The changed listing.',
        schema: Listing,
        example: { ...examples.listing, ...listingChanges },
      },
      202: { description: NOT_DONE_YET },
    },
    problems: ['unknown_listing', 'listing_withdrawn', 'capacity_taken', 'invalid_listing', ...NOT_READ],
    async handle(c, deps, update) {
      const { changes, repeated } = partsOf(update)
      const [intent, id] = [await intentOf(c, deps), listingIdIn(c)]
      const isRepeated = Object.values(repeated).some((value) => value !== undefined)
      if (isRepeated) rejectChanged(repeated, await readListing(deps, intent, id))
      requireChange(changes)
      const receipt = await changeListing(deps, intent, id, changes)
      return receipt ? c.json(receipt.listing) : c.body(null, 202)
    },
  }),
  route({
    ...withdraw,
    path: '/v1/listings/:id',
    operationId: 'withdrawListing',
    summary: 'Withdraw a listing',
    description: `The listing can no longer be booked. Bookings made earlier remain valid. ${WAITS}`,
    responses: {
      202: { description: NOT_DONE_YET },
      204: { description: 'The listing is withdrawn.' },
    },
  }),
  ...blockRoutes,
  ...listingCalendarRoutes,
]

export const listings: RouteGroup = {
  name: 'Listings',
  description: 'What can be booked, and when it is free.',
  schemas: {
    ShownListing,
    Listing,
    ListingDraft,
    ListingUpdate,
    UnitPrice: ListingDraft.shape.price,
    ListingPage,
    Availability,
    ...BLOCK_SCHEMAS,
    ...CALENDAR_SCHEMAS,
  },
  routes,
}
