import type { MiddlewareHandler } from 'hono'
import { assertPresent } from '#platform/client-gone.ts'
import { pause } from '#platform/deadline.ts'
import { faultAt } from '#platform/faults.ts'
import { fresh } from '#platform/fresh.ts'
import { Id } from '#domain/ids.ts'
import { ProblemError, PROBLEMS } from '#platform/problems.ts'
import type { StoredReceipt } from '../sinks/views.ts'
import { ANALYTICS } from '../sinks/analytics.ts'
import { NOTIFICATIONS } from '../sinks/notifications.ts'
import type { ApiBounds } from './bounds.ts'
import type { ApiDeps, ApiEnv } from './deps.ts'
import { sharedReads } from './shared-reads.ts'

/** One look at the log serves all reads that wait for a projection. */
const LOOK_AGAIN_MS = 20

/** How long a read waits for the write that its token names. */
const LIMIT_MS = 5_000

const READS: ReadonlySet<string> = new Set(['GET', 'HEAD'])

/** The group that must have passed the event. Views need none: a receipt is written after them. */
const GROUPS: readonly [path: string, group: string][] = [
  ['/v1/notifications', NOTIFICATIONS],
  ['/v1/analytics', ANALYTICS],
]

/**
 * A read with the token of a write sees that write: it waits for the receipt of the command, and then until the projection that
 * it reads has passed the event. The token names the command, because the event's position is not known when the write responds.
 */
export function consistency(
  { log, topics, store, waiters }: ApiDeps,
  { whileWaiting }: ApiBounds,
): MiddlewareHandler<ApiEnv> {
  const commits = new Map(
    GROUPS.map(([, group]) => [group, fresh(LOOK_AGAIN_MS, () => log.committed(group, topics.bookings))]),
  )
  const read = sharedReads<StoredReceipt>(store, 'receipts')
  const receiptOf: ReceiptOf = (commandId, client) =>
    waiters.until('receipt', commandId, LIMIT_MS, () => read(commandId), client)
  return async (c, next) => {
    const token = c.req.header('consistency-token')
    if (token !== undefined && READS.has(c.req.method)) {
      await whileWaiting(c, () => waitFor(token, c.req.raw, c.req.path, receiptOf, commits))
    }
    return next()
  }
}

/** The receipt, once it is written; `undefined` if that takes too long. */
type ReceiptOf = (commandId: string, client: AbortSignal) => Promise<StoredReceipt | undefined>

async function waitFor(
  commandId: string,
  { signal }: Request,
  path: string,
  receiptOf: ReceiptOf,
  commits: ReadonlyMap<string, () => Promise<number[]>>,
): Promise<void> {
  if (!Id.safeParse(commandId).success) {
    const errors = [faultAt('Consistency-Token', 'must be the Consistency-Token of a response to a write')]
    throw new ProblemError(PROBLEMS.invalid_request, { errors })
  }
  const deadline = performance.now() + LIMIT_MS
  const receipt = await receiptOf(commandId, signal)
  if (!receipt) throw new ProblemError(PROBLEMS.not_yet_visible)
  const group = GROUPS.find(([prefix]) => path.startsWith(prefix))?.[1]
  const committed = group && commits.get(group)
  if (!committed) return
  const { partition, offset } = receipt.position
  while ((await committed())[partition]! <= offset) {
    if (performance.now() > deadline) throw new ProblemError(PROBLEMS.not_yet_visible)
    await pause(LOOK_AGAIN_MS, signal)
    assertPresent(signal)
  }
}
