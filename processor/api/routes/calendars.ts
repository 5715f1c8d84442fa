import { type Context, Hono, type MiddlewareHandler } from 'hono'
import { z } from 'zod'
import { Id } from '#domain/ids.ts'
import { mayManage } from '#domain/listing/rights.ts'
import { BOOKING_PROBLEMS } from '#domain/problems.ts'
import { ProblemError } from '#platform/problems.ts'
import { fromStored, type StoredListing } from '../../decisions/listing-document.ts'
import type { ApiBounds } from '../bounds.ts'
import { listingEntries } from '../calendar/entries.ts'
import { feedTokens } from '../calendar/feed-token.ts'
import { calendarOf } from '../calendar/icalendar.ts'
import type { ApiDeps, ApiEnv } from '../deps.ts'
import type { FindView } from '../find-view.ts'
import { noQuery, query } from '../query-parameters.ts'
import { sharedReads } from '../shared-reads.ts'

const Token = z.object({ token: z.string().max(200) })

/** Calendars change with every decision, and calendar programs read them every few hours. */
const CACHED = 'private, max-age=300'

/** The response with a calendar. */
export const calendarResponse = (c: Context, text: string): Response =>
  c.body(text, 200, { 'content-type': 'text/calendar; charset=utf-8', 'cache-control': CACHED })

/** The secret address of a listing's calendar, for its owner. */
export function feedAddressRoutes({ commandKeys }: ApiDeps, findView: FindView): Hono<ApiEnv> {
  const tokens = feedTokens(commandKeys)
  return new Hono<ApiEnv>().get('/:id/calendar-feed', noQuery, async (c) => {
    const { id, ownerId } = await findView(c, 'listing', c.req.param('id'))
    if (!mayManage(c.get('principal'), ownerId)) throw new ProblemError(BOOKING_PROBLEMS.unknown_listing)
    return c.json({ path: `/v1/listings/${id}/calendar.ics?token=${tokens.tokenOf(id)}` })
  })
}

/**
 * The calendar of a listing for those who know its secret address: a calendar program cannot send a token of ours. Its requests
 * count as those of one principal.
 */
export function calendarFeedRoutes({ store, commandKeys }: ApiDeps, bounds: ApiBounds): Hono<ApiEnv> {
  const tokens = feedTokens(commandKeys)
  const documentOf = sharedReads<StoredListing>(store, 'listing_documents')
  const requireSecret: MiddlewareHandler<ApiEnv> = async (c, next) => {
    const id = c.req.param('id') ?? ''
    const { data } = Id.safeParse(id)
    if (data === undefined || !tokens.isValid(data, c.req.query('token') ?? ''))
      throw new ProblemError(BOOKING_PROBLEMS.unknown_listing)
    c.set('principal', { role: 'owner', id: `calendar-feed ${id}` })
    await next()
  }
  return new Hono<ApiEnv>().get(
    '/v1/listings/:id/calendar.ics',
    query(Token),
    requireSecret,
    bounds.limitUnderWay,
    async (c) => {
      const stored = await documentOf(c.req.param('id'))
      if (!stored?.listing) throw new ProblemError(BOOKING_PROBLEMS.unknown_listing)
      return calendarResponse(c, calendarOf(stored.listing.name, listingEntries(stored.listing, fromStored(stored))))
    },
  )
}
