import type { Context } from 'hono'
import { Id } from '#domain/ids.ts'
import { BOOKING_PROBLEMS } from '#domain/problems.ts'
import { ProblemError, PROBLEMS } from '#platform/problems.ts'
import type { BookingAlias, BookingView, ListingView, StoredReceipt } from '../sinks/views.ts'
import { absenceProofs, lookOrProve } from './absence-proof.ts'
import type { ApiBounds } from './bounds.ts'
import type { ApiDeps, ApiEnv } from './deps.ts'
import { type Read, sharedReads } from './shared-reads.ts'
import type { Awaited } from './waiters.ts'

/** How long a view is waited for: its request was perhaps acknowledged a moment ago. */
const APPEARS_WITHIN_MS = 1_000

const UNKNOWN = {
  booking: BOOKING_PROBLEMS.unknown_booking,
  listing: BOOKING_PROBLEMS.unknown_listing,
  receipt: PROBLEMS.not_found,
} as const

type ViewKind = keyof typeof UNKNOWN

/**
 * Reads a view by id or alias, so that a `Location` works at once. An id that never existed is not waited for.
 * @throws ProblemError `unknown_…` when the view is proven not to exist, `not_yet_visible` when that is not known in time, and
 *   `too_many_requests` or `overloaded` when too many requests look for absent views
 */
export type FindView = <K extends ViewKind>(c: Context<ApiEnv>, kind: K, id: string) => Promise<Awaited[K]>

/** All requests of an API share their looks at store and log. */
export function viewFinder(deps: ApiDeps, { whileWaiting }: ApiBounds): FindView {
  const proveAbsence = absenceProofs(deps)
  const reads = readsOf(deps)

  async function appears<K extends ViewKind>(kind: K, id: string, client: AbortSignal): Promise<Awaited[K]> {
    const read: Read<Awaited[K]> = reads[kind]
    const look = lookOrProve(proveAbsence, () => read(id), new ProblemError(UNKNOWN[kind]))
    const found = await deps.waiters.until(kind, id, APPEARS_WITHIN_MS, look, client)
    if (found === undefined) throw new ProblemError(PROBLEMS.not_yet_visible)
    return found
  }

  return async (c, kind, id) => {
    if (!Id.safeParse(id).success) throw new ProblemError(UNKNOWN[kind])
    // A view that exists needs no look at the log.
    return (await reads[kind](id)) ?? whileWaiting(c, () => appears(kind, id, c.req.raw.signal))
  }
}

function readsOf({ store }: ApiDeps): { [K in ViewKind]: Read<Awaited[K]> } {
  const bookings = sharedReads<BookingView>(store, 'bookings')
  const aliases = sharedReads<BookingAlias>(store, 'booking_aliases')
  return {
    listing: sharedReads<ListingView>(store, 'listings'),
    receipt: sharedReads<StoredReceipt>(store, 'receipts'),
    async booking(id) {
      const booking = await bookings(id)
      if (booking) return booking
      const alias = await aliases(id.toLowerCase())
      return alias && bookings(alias.bookingId)
    },
  }
}
