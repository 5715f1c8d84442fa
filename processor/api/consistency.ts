import type { MiddlewareHandler } from 'hono'
import { pause } from '#platform/deadline.ts'
import { faultAt } from '#platform/faults.ts'
import { Id } from '#domain/ids.ts'
import { ProblemError, PROBLEMS } from '#platform/problems.ts'
import type { StoredReceipt } from '../sinks/views.ts'
import { ANALYTICS } from '../sinks/analytics.ts'
import { NOTIFICATIONS } from '../sinks/notifications.ts'
import type { ApiDeps, ApiEnv } from './deps.ts'

/** How long a read waits for the write it must not miss. */
const LIMIT_MS = 5_000
const LOOK_AGAIN_MS = 20

const READS: ReadonlySet<string> = new Set(['GET', 'HEAD'])

/** Which group must have come past the event. Views need none: whoever sees a receipt sees them. */
const GROUPS: readonly [path: string, group: string][] = [
  ['/v1/notifications', NOTIFICATIONS],
  ['/v1/analytics', ANALYTICS],
]

/**
 * A read with the token of a write never misses it: it waits for the receipt of that command, and then for the projection it
 * reads to come past the event. A token of positions alone would not do: it cannot know where the event will lie.
 */
export const consistency =
  (deps: ApiDeps): MiddlewareHandler<ApiEnv> =>
  async (c, next) => {
    const token = c.req.header('consistency-token')
    if (token !== undefined && READS.has(c.req.method)) await caughtUp(token, c.req.path, deps)
    return next()
  }

async function caughtUp(commandId: string, path: string, { store, log, waiters, topics }: ApiDeps): Promise<void> {
  if (!Id.safeParse(commandId).success) {
    const errors = [faultAt('Consistency-Token', 'must be one that an answer to a write has brought')]
    throw new ProblemError(PROBLEMS.invalid_request, { errors })
  }
  const deadline = performance.now() + LIMIT_MS
  const receipt = await waiters.until('receipt', commandId, LIMIT_MS, () =>
    store.get<StoredReceipt>('receipts', commandId),
  )
  if (!receipt) throw new ProblemError(PROBLEMS.not_yet_visible)
  const group = GROUPS.find(([prefix]) => path.startsWith(prefix))?.[1]
  if (!group) return
  const { partition, offset } = receipt.position
  while ((await log.committed(group, topics.bookings))[partition]! <= offset) {
    if (performance.now() > deadline) throw new ProblemError(PROBLEMS.not_yet_visible)
    await pause(LOOK_AGAIN_MS)
  }
}
