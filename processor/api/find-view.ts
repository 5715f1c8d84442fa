import { Id } from '#domain/ids.ts'
import { BOOKING_PROBLEMS } from '#domain/problems.ts'
import { ProblemError, PROBLEMS } from '#platform/problems.ts'
import { proveAbsence } from './absence-proof.ts'
import type { ApiDeps } from './deps.ts'
import type { Awaited } from './waiters.ts'

/** How long a view is waited for: its request was perhaps acknowledged a moment ago. */
const APPEARS_WITHIN_MS = 1_000

const VIEWS = {
  booking: { collection: 'bookings', unknown: BOOKING_PROBLEMS.unknown_booking },
  listing: { collection: 'listings', unknown: BOOKING_PROBLEMS.unknown_listing },
} as const

/**
 * Reads a view by id, so that a `Location` works at once. An id that never existed is not waited for.
 * @param client the signal of the request
 * @param byAlias reads the view by another name, for an id that no view has
 * @throws ProblemError `unknown_…` when the view is proven not to exist, `not_yet_visible` when that is not known in time
 */
export async function findView<K extends keyof typeof VIEWS>(
  deps: ApiDeps,
  kind: K,
  id: string,
  client: AbortSignal,
  byAlias?: () => Promise<Awaited[K] | undefined>,
): Promise<Awaited[K]> {
  const { collection, unknown } = VIEWS[kind]
  if (!Id.safeParse(id).success) throw new ProblemError(unknown)
  const read = async (): Promise<Awaited[K] | undefined> =>
    (await deps.store.get<Awaited[K]>(collection, id)) ?? byAlias?.()
  let isAbsent: (() => Promise<boolean>) | undefined
  const found = await deps.waiters.until(
    kind,
    id,
    APPEARS_WITHIN_MS,
    async () => {
      const view = await read()
      // A view that exists needs no look at the log.
      if (view !== undefined) return view
      isAbsent ??= await proveAbsence(deps)
      const absent = await isAbsent()
      // Read again: the view may have been written in between.
      const written = await read()
      if (written === undefined && absent) throw new ProblemError(unknown)
      return written
    },
    client,
  )
  if (found === undefined) throw new ProblemError(PROBLEMS.not_yet_visible)
  return found
}
