import { type Context, Hono } from 'hono'
import { z } from 'zod'
import { type Principal, Subject } from '#domain/actor.ts'
import { CivilDate, daysOf } from '#domain/civil.ts'
import { Id } from '#domain/ids.ts'
import { Kind } from '#domain/kinds.ts'
import { mayManage } from '#domain/listing/rights.ts'
import type { Listing } from '#domain/listing.ts'
import { BOOKING_PROBLEMS } from '#domain/problems.ts'
import { ProblemError } from '#platform/problems.ts'
import type { StoredListing } from '../../decisions/listing-document.ts'
import type { ListingView } from '../../sinks/views.ts'
import type { ApiDeps, ApiEnv } from '../deps.ts'
import { listingNames } from '../listing-views.ts'
import type { FindView } from '../find-view.ts'
import { listResponse, scanPage } from '../pagination.ts'
import { checkRange, noQuery, Paging, query } from '../query-parameters.ts'
import { sharedReads } from '../shared-reads.ts'

const Filters = Paging.extend({ kind: Kind.optional(), ownerId: Subject.optional() })
const Range = z.object({ from: CivilDate, to: CivilDate })

const Names = z.object({
  ids: z
    .string()
    .transform((text) => text.split(','))
    .pipe(z.array(Id).max(100)),
})

/** The names of up to a hundred listings, withdrawn ones included, because their bookings still show the name. */
export function listingNameRoutes({ store }: ApiDeps): Hono<ApiEnv> {
  return new Hono<ApiEnv>().get('/', query(Names), async (c) => {
    const names = await listingNames(store, c.req.valid('query').ids)
    return c.json({ data: [...names].map(([id, name]) => ({ id, name })) })
  })
}

export function listingRoutes({ store }: ApiDeps, findView: FindView): Hono<ApiEnv> {
  const find = (c: Context<ApiEnv>) => findView(c, 'listing', c.req.param('id') ?? '')
  const documentOf = sharedReads<StoredListing>(store, 'listing_documents')

  async function offered(c: Context<ApiEnv>): Promise<ListingView> {
    const listing = await find(c)
    if (listing.withdrawn) throw new ProblemError(BOOKING_PROBLEMS.unknown_listing)
    return listing
  }

  /** A withdrawn listing still exists for its owner, for travelers who booked it, and for admins. */
  async function visible(c: Context<ApiEnv>): Promise<ListingView> {
    const listing = await find(c)
    if (listing.withdrawn && !(await isConcerned(c.get('principal'), listing)))
      throw new ProblemError(BOOKING_PROBLEMS.unknown_listing)
    return listing
  }

  async function isConcerned({ role, id }: Principal, listing: ListingView): Promise<boolean> {
    if (role === 'admin' || listing.ownerId === id) return true
    return (await store.count('bookings', { listingId: listing.id, travelerId: id })) > 0
  }

  return new Hono<ApiEnv>()
    .get('/', query(Filters), async (c) => {
      const { limit, cursor, ...filters } = c.req.valid('query')
      const query = { where: { withdrawn: false, ...filters }, order: { by: 'name' }, limit, cursor }
      return listResponse(c, await scanPage<ListingView>(store, 'listings', query), viewOf)
    })
    .get('/:id', noQuery, async (c) => c.json(viewOf(await visible(c))))
    .get('/:id/blocks', noQuery, async (c) => {
      const { id, ownerId } = await find(c)
      if (!mayManage(c.get('principal'), ownerId)) throw new ProblemError(BOOKING_PROBLEMS.unknown_listing)
      const document = await documentOf(id)
      const blocks = Object.entries(document?.blocks ?? {}).map(([id, span]) => ({ id, ...span }))
      return c.json({ data: blocks.sort((a, b) => a.from.localeCompare(b.from) || a.id.localeCompare(b.id)) })
    })
    .get('/:id/availability', query(Range), async (c) => {
      const { from, to } = c.req.valid('query')
      checkRange(from, to)
      const { id, capacity } = await offered(c)
      const document = await documentOf(id)
      const blocks = Object.values(document?.blocks ?? {})
      const isBlocked = (day: string) => blocks.some(({ from, to }) => from <= day && day < to)
      const free = (day: string) => (isBlocked(day) ? 0 : Math.max(0, capacity - (document?.taken[day] ?? 0)))
      const days = daysOf({ checkIn: from, checkOut: to })
      return c.json({ listingId: id, from, to, capacity, data: days.map((day) => ({ day, free: free(day) })) })
    })
}

/** A listing as the API returns it. */
type ShownListing = Listing & { withdrawn?: true }

const viewOf = ({ _id, withdrawn, seq: _seq, ...listing }: ListingView): ShownListing => ({
  ...listing,
  ...(withdrawn && { withdrawn }),
})
