import { Hono } from 'hono'
import { z } from 'zod'
import { Id } from '#domain/ids.ts'
import { ProblemError, PROBLEMS } from '#platform/problems.ts'
import type { ApiBounds } from '../bounds.ts'
import type { ApiDeps, ApiEnv } from '../deps.ts'
import type { StoredReceipt } from '../../sinks/views.ts'
import type { FindView } from '../find-view.ts'
import { query } from '../query-parameters.ts'
import { sharedReads } from '../shared-reads.ts'

/** @property orProof a 404 then proves that the log does not have the command */
const WaitQuery = z.object({
  wait: z.coerce.number().min(0).max(30).default(0),
  orProof: z.literal('true').optional(),
})

/** The receipt of a command, for its sender: returned as soon as it is written, within `wait` seconds. */
export function commandRoutes(
  { store, waiters }: ApiDeps,
  { whileWaiting }: ApiBounds,
  findView: FindView,
): Hono<ApiEnv> {
  const read = sharedReads<StoredReceipt>(store, 'receipts')
  return new Hono<ApiEnv>().get('/:id', query(WaitQuery), async (c) => {
    const id = c.req.param('id')
    const principal = c.get('principal')
    const { wait, orProof } = c.req.valid('query')
    const waitFor = () => waiters.until('receipt', id, wait * 1_000, () => read(id), c.req.raw.signal)
    const find = () => (orProof ? findView(c, 'receipt', id) : wait > 0 ? whileWaiting(c, waitFor) : read(id))
    const receipt = Id.safeParse(id).success ? await find() : undefined
    const mine = principal.role === 'admin' || receipt?.actorId === principal.id
    if (!receipt || !mine) throw new ProblemError(PROBLEMS.not_found, { detail: 'This command has no receipt yet.' })
    const { _id, expiresAt: _expiresAt, ...view } = receipt
    return c.json(view)
  })
}
