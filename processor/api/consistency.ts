import type { MiddlewareHandler } from 'hono'
import { assertPresent } from '#platform/client-gone.ts'
import { pause } from '#platform/deadline.ts'
import { faultAt } from '#platform/faults.ts'
import { fresh } from '#platform/fresh.ts'
import { Id } from '#domain/ids.ts'
import { RECEIPT_TTL_MS } from '#domain/projections/receipt.ts'
import { ProblemError, PROBLEMS } from '#platform/problems.ts'
import type { StoredReceipt } from '../sinks/views.ts'
import { ANALYTICS } from '../sinks/analytics.ts'
import { NOTIFICATIONS } from '../sinks/notifications.ts'
import type { ApiBounds } from './bounds.ts'
import type { ApiDeps, ApiEnv } from './deps.ts'
import { absenceProofs, lookOrProve } from './absence-proof.ts'
import { sharedReads } from './shared-reads.ts'

/** One look at the log serves all reads that wait for a projection. */
const LOOK_AGAIN_MS = 20

/** How long a read waits for the write that its token names. */
const LIMIT_MS = 5_000

/** Most writes are visible by then. Only a read that waits for longer asks the log whether its command is known. */
const USUAL_MS = 500

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
export function consistency(deps: ApiDeps, { whileWaiting }: ApiBounds): MiddlewareHandler<ApiEnv> {
  const { log, topics } = deps
  const commits = new Map(
    GROUPS.map(([, group]) => [group, fresh(LOOK_AGAIN_MS, () => log.committed(group, topics.bookings))]),
  )
  const receiptOf = receiptFinder(deps)
  return async (c, next) => {
    const token = c.req.header('consistency-token')
    if (token !== undefined && READS.has(c.req.method)) {
      await whileWaiting(c, () => waitFor(token, c.req.raw, c.req.path, receiptOf, commits))
    }
    return next()
  }
}

/**
 * The receipt, once it is written; `undefined` if that takes too long.
 * @throws ProblemError if no command of the log can still write it
 */
type ReceiptOf = (commandId: string, client: AbortSignal) => Promise<StoredReceipt | undefined>

function receiptFinder(deps: ApiDeps): ReceiptOf {
  const proveAbsence = absenceProofs(deps)
  const read = sharedReads<StoredReceipt>(deps.store, 'receipts')
  return async (commandId, client) => {
    const look = () => read(commandId)
    const wait = (waitMs: number, each: typeof look) => deps.waiters.until('receipt', commandId, waitMs, each, client)
    const unknown = invalidToken(
      `must name a decided command of the last ${KEPT_HOURS} hours, and names none; send the read without it`,
    )
    return (await wait(USUAL_MS, look)) ?? wait(LIMIT_MS - USUAL_MS, lookOrProve(proveAbsence, look, unknown))
  }
}

const KEPT_HOURS = RECEIPT_TTL_MS / 3_600_000

const invalidToken = (what: string): ProblemError =>
  new ProblemError(PROBLEMS.invalid_request, { errors: [faultAt('Consistency-Token', what)] })

async function waitFor(
  commandId: string,
  { signal }: Request,
  path: string,
  receiptOf: ReceiptOf,
  commits: ReadonlyMap<string, () => Promise<number[]>>,
): Promise<void> {
  if (!Id.safeParse(commandId).success) throw invalidToken('must be the Consistency-Token of a response to a write')
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
