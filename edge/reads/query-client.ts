import type { Context } from 'hono'
import type { PublicBooking } from '#domain/booking.ts'
import type { CivilDate } from '#domain/civil.ts'
import { Id } from '#domain/ids.ts'
import type { Listing } from '#domain/listing.ts'
import { BOOKING_PROBLEMS } from '#domain/problems.ts'
import { assertPresent } from '#platform/client-gone.ts'
import { type ProblemDocument, ProblemError, PROBLEMS } from '#platform/problems.ts'
import type { Receipt } from '#domain/projections/receipt.ts'
import { traceHeaders } from '#domain/trace.ts'
import type { EdgeEnv } from '../deps.ts'
import { isProblemCode, PROBLEM_TYPES, type ProblemCode } from '../problem-types.ts'

/** Whom the query API answers. */
export interface Caller {
  /** They name the caller and the request. An unnamed caller has no `authorization`. */
  headers: Readonly<Record<string, string>>
  /** Aborts when the client disconnects; requests to the API then end with {@link ClientGone}. */
  signal: AbortSignal
}

/** @param others headers of the client that the API gets too */
export function callerOf(c: Context<EdgeEnv>, others: readonly string[] = []): Caller {
  const named = ['authorization', ...others].flatMap((name) => {
    const value = c.req.header(name)
    return value === undefined ? [] : [[name, value]]
  })
  const headers = Object.fromEntries([...named, ...traceHeaders(c.get('trace'))])
  return { headers, signal: c.req.raw.signal }
}

/** The client of the processor's API. Each request carries the caller's token, so the response holds what the caller may see. */
export interface QueryClient {
  /** @throws ProblemError if the listing does not exist, or is withdrawn */
  listing(listingId: string, caller: Caller): Promise<Listing>
  /** Returns `undefined` if the API does not know the days: the last day that a date can name has no day after it. */
  freeUnits(listingId: string, days: Days, caller: Caller): Promise<FreeUnits | undefined>
  /** Returns `undefined` if the API is unreachable. @throws ProblemError if the listing does not exist */
  listingIfAvailable(listingId: string, caller: Caller): Promise<Listing | undefined>
  /** Returns `undefined` if the API is unreachable or does not know the days. @throws ProblemError if the listing does not exist */
  freeUnitsIfAvailable(listingId: string, days: Days, caller: Caller): Promise<FreeUnits | undefined>
  booking(id: string, caller: Caller): Promise<PublicBooking>
  /** Returns the names of listings by id, including withdrawn ones. */
  listingNames(ids: readonly string[], caller: Caller): Promise<ReadonlyMap<string, string>>
  /** Returns the receipt of a command as soon as it is written, or `undefined` if it is not written within `waitMs`. */
  receipt(commandId: string, waitMs: number, caller: Caller): Promise<Receipt | undefined>
  /** Whether the log is known not to have the command. */
  isUnsent(commandId: string, caller: Caller): Promise<boolean>
  /** Returns the body of another read. @throws ProblemError for any response but success */
  ask<T>(method: 'GET' | 'POST', path: string, caller: Caller): Promise<T>
  /**
   * Forwards the request with its body, whose size the caller has limited, and returns the response, which may be a stream.
   * @throws ProblemError for any response but success
   */
  forward(request: Request, caller: Caller): Promise<Response>
}

/** For reads that a response can do without. */
const OPTIONAL_LIMIT_MS = 2_000
const ASK_LIMIT_MS = 10_000

/** The API does not answer now: it is away, or it accepts no more requests of this caller. */
const UNANSWERED: readonly ProblemCode[] = ['query_unavailable', 'too_many_requests', 'overloaded']

/** A half-open span of days. */
interface Days {
  from: CivilDate
  to: CivilDate
}

/** How many units of a listing are free, by day. */
export type FreeUnits = ReadonlyMap<CivilDate, number>

/** A listing as the API returns it. */
export type ShownListing = Listing & { withdrawn?: true }

/** The API shows withdrawn listings to those who have booked them. No write is about one. @throws ProblemError `unknown_listing` */
function rejectWithdrawn({ withdrawn, ...listing }: ShownListing): Listing {
  if (withdrawn) throw new ProblemError(BOOKING_PROBLEMS.unknown_listing)
  return listing
}

export function createQueryClient(url: string): QueryClient {
  /** The limit applies until the response begins: a stream then lasts for minutes. */
  async function begin(path: string, init: RequestInit, client: AbortSignal): Promise<Response> {
    const late = new AbortController()
    const timer = setTimeout(() => late.abort(new DOMException('late', 'TimeoutError')), ASK_LIMIT_MS)
    try {
      return await fetch(url + path, { ...init, signal: AbortSignal.any([client, late.signal]) })
    } catch (error) {
      assertPresent(client)
      throw new ProblemError(PROBLEMS.query_unavailable, { detail: describe(error) })
    } finally {
      clearTimeout(timer)
    }
  }

  async function ask<T>(method: string, path: string, caller: Caller, limitMs = ASK_LIMIT_MS): Promise<T> {
    const signal = AbortSignal.any([caller.signal, AbortSignal.timeout(limitMs)])
    try {
      const response = await fetch(url + path, { method, headers: caller.headers, signal })
      if (!response.ok) throw await problemIn(response)
      return (await response.json()) as T
    } catch (error) {
      assertPresent(caller.signal)
      if (error instanceof ProblemError) throw error
      throw new ProblemError(PROBLEMS.query_unavailable, { detail: describe(error) })
    }
  }

  const readListing = async (listingId: string, caller: Caller, limitMs?: number): Promise<Listing> =>
    rejectWithdrawn(await ask<ShownListing>('GET', `/v1/listings/${listingId}`, caller, limitMs))

  async function readFreeUnits(listingId: string, days: Days, caller: Caller, limitMs?: number): Promise<FreeUnits> {
    const path = `/v1/listings/${listingId}/availability?${new URLSearchParams({ ...days })}`
    const { data } = await ask<{ data: { day: CivilDate; free: number }[] }>('GET', path, caller, limitMs)
    return new Map(data.map(({ day, free }) => [day, free]))
  }

  const orUndefined =
    (...codes: ProblemCode[]) =>
    (error: unknown) => {
      if (error instanceof ProblemError && codes.some((code) => code === error.document.code)) return undefined
      throw error
    }

  return {
    ask: (method, path, caller) => ask(method, path, caller),
    listing: readListing,
    freeUnits: (listingId, days, caller) =>
      readFreeUnits(listingId, days, caller).catch(orUndefined('invalid_request')),
    listingIfAvailable: (listingId, caller) =>
      readListing(listingId, caller, OPTIONAL_LIMIT_MS).catch(orUndefined('not_yet_visible', ...UNANSWERED)),
    freeUnitsIfAvailable: (listingId, days, caller) =>
      readFreeUnits(listingId, days, caller, OPTIONAL_LIMIT_MS).catch(
        orUndefined('not_yet_visible', 'invalid_request', ...UNANSWERED),
      ),
    async booking(id, caller) {
      if (!Id.safeParse(id).success) throw new ProblemError(BOOKING_PROBLEMS.unknown_booking)
      return ask<PublicBooking>('GET', `/v1/bookings/${id}`, caller)
    },
    async listingNames(ids, caller) {
      const path = `/v1/listing-names?ids=${ids.join(',')}`
      type Names = { data: { id: string; name: string }[] }
      const { data } = await ask<Names>('GET', path, caller, OPTIONAL_LIMIT_MS)
      return new Map(data.map(({ id, name }) => [id, name]))
    },
    receipt(commandId, waitMs, caller) {
      const path = `/v1/commands/${commandId}?wait=${waitMs / 1000}`
      const response = ask<Receipt>('GET', path, caller, waitMs + OPTIONAL_LIMIT_MS)
      return response.catch(orUndefined('not_found', ...UNANSWERED))
    },
    isUnsent(commandId, caller) {
      const response = ask('GET', `/v1/commands/${commandId}?orProof=true`, caller, OPTIONAL_LIMIT_MS)
      return response.then(
        () => false,
        (error: unknown) => {
          if (error instanceof ProblemError) return error.document.code === PROBLEMS.not_found.code
          throw error
        },
      )
    },
    async forward(request, caller) {
      const { pathname, search } = new URL(request.url)
      const init = {
        method: request.method,
        headers: new Headers([...carried(request.headers, SENT_ON), ...Object.entries(caller.headers)]),
        ...(await bodyOf(request)),
      }
      const response = await begin(pathname + search, init, request.signal)
      // The response to a HEAD has no body that names the problem, so it is passed on as it is.
      const firstError = request.method === 'HEAD' ? 500 : 400
      if (response.status >= firstError) throw await problemIn(response)
      const body = response.body && untilLeft(response.body, request.signal)
      return new Response(body, { status: response.status, headers: carried(response.headers, BROUGHT_BACK) })
    },
  }
}

const SENT_ON = [
  'accept',
  'consistency-token',
  'content-type',
  'idempotency-key',
  'if-match',
  'if-none-match',
  'last-event-id',
]
const BROUGHT_BACK = [
  'cache-control',
  'content-type',
  'etag',
  'idempotency-replayed',
  'link',
  'location',
  'x-accel-buffering',
]

/** Read before it is sent, so that every runtime states its length. `fetch` allows no body for GET and HEAD. */
async function bodyOf(request: Request): Promise<{ body?: ArrayBuffer }> {
  if (request.method === 'GET' || request.method === 'HEAD') return {}
  const body = await request.arrayBuffer()
  return body.byteLength > 0 ? { body } : {}
}

/** A client that leaves in the middle of a stream is not an error: the stream ends. */
function untilLeft(body: ReadableStream<Uint8Array>, client: AbortSignal): ReadableStream<Uint8Array> {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
  const end = (error: unknown) => (client.aborted ? writable.close() : writable.abort(error))
  body
    .pipeTo(writable, { preventAbort: true })
    .catch(end)
    .catch(() => undefined)
  return readable
}

/** The problem that the API returned. An internal error of the API means for the edge that it is unavailable. */
async function problemIn(response: Response): Promise<ProblemError> {
  const { code, title: _title, type: _type, status: _status, remedy: _remedy, ...extras } = await documentIn(response)
  if (response.status === 500 || !isProblemCode(code)) return new ProblemError(PROBLEMS.query_unavailable)
  return new ProblemError(PROBLEM_TYPES[code], extras)
}

async function documentIn(response: Response): Promise<ProblemDocument> {
  try {
    return await response.json()
  } catch {
    return { type: '', title: '', status: 500, code: '', remedy: '' }
  }
}

const carried = (headers: Headers, names: readonly string[]): Headers =>
  new Headers(
    names.flatMap((name) => {
      const value = headers.get(name)
      return value === null ? [] : [[name, value] as [string, string]]
    }),
  )

const describe = (error: unknown): string =>
  error instanceof Error && error.name === 'TimeoutError'
    ? 'The query API did not respond in time.'
    : 'The query API cannot be reached.'
