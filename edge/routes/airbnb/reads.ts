import type { Context } from 'hono'
import type { PublicBooking } from '#domain/booking.ts'
import { encodeBooking } from '#domain/dialects/airbnb.ts'
import type { EdgeEnv } from '../../deps.ts'
import { callerOf, type QueryClient } from '../../reads/query-client.ts'

/** Reads of the routes of airbnb's document: responses of the query API in the document's words. */

export interface Page<T> {
  data: T[]
  nextCursor: string | null
}

/** The document has no pages, so a list is as long as a page can be; a client may still ask for pages. */
const WHOLE_PAGE = { limit: '100' }

/** One page of the query API. @param choices query parameters that the client may set, beside `limit` and `cursor` */
export function pageOf<T>(
  query: QueryClient,
  c: Context<EdgeEnv>,
  path: string,
  filters: object,
  choices: string[] = [],
) {
  const chosen = ['limit', 'cursor', ...choices].flatMap((name) => {
    const value = c.req.query(name)
    return value === undefined ? [] : [[name, value] as const]
  })
  const search = new URLSearchParams({ ...WHOLE_PAGE, ...Object.fromEntries(chosen), ...filters })
  return readOf<Page<T>>(query, c, `${path}?${search}`)
}

/** Sends the client's own headers, so that a `Consistency-Token` has its effect. */
export async function readOf<T>(query: QueryClient, c: Context<EdgeEnv>, path: string): Promise<T> {
  const { headers, signal } = c.req.raw
  const answer = await query.forward(new Request(new URL(path, c.req.url), { headers, signal }), callerOf(c))
  return (await answer.json()) as T
}

/** Null when the name cannot be read: the booking is shown without it. Never rejects, so a handler may await it later. */
export async function nameOf(query: QueryClient, c: Context<EdgeEnv>, propertyId: string): Promise<string | null> {
  return (await namesOf(query, c, [propertyId])).get(propertyId) ?? null
}

type Names = Awaited<ReturnType<QueryClient['listingNames']>>

/** Without names when they cannot be read, for whatever reason: a booking must not fail because of them. */
async function namesOf(query: QueryClient, c: Context<EdgeEnv>, propertyIds: readonly string[]): Promise<Names> {
  try {
    return await query.listingNames(propertyIds, callerOf(c))
  } catch {
    return new Map()
  }
}

/** A page of bookings in the document's words, with the names of their listings, withdrawn ones included. */
export async function withNames(query: QueryClient, c: Context<EdgeEnv>, bookings: readonly PublicBooking[]) {
  if (bookings.length === 0) return []
  const names = await namesOf(query, c, [...new Set(bookings.map(({ listingId }) => listingId))])
  return bookings.map((booking) => encodeBooking(booking, names.get(booking.listingId) ?? null))
}
