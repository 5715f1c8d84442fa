import type { MiddlewareHandler } from 'hono'
import { faultAt } from '#domain/faults.ts'
import { commandIdOf } from '#domain/ids.ts'
import { ProblemError } from '#domain/problems.ts'
import { RECEIPT_TTL_MS } from '#domain/projections/receipt.ts'
import type { Doc } from '#store/store.ts'
import type { ApiDeps, ApiEnv } from './deps.ts'

/** What a keyed write was answered with, for as long as the receipts of commands are kept. */
interface StoredAnswer extends Doc {
  status: number
  body: string
  expiresAt: number
}

/**
 * A write repeated with its `Idempotency-Key` is answered as it was, and not done again: whatever has come since stays as it
 * is. Of two that are under way at once both may be done, which harms nothing here, and both get the answer of the first.
 */
export const once =
  ({ store, now }: Pick<ApiDeps, 'store' | 'now'>): MiddlewareHandler<ApiEnv> =>
  async (c, next) => {
    const key = c.req.header('idempotency-key')
    if (c.req.method !== 'POST' || key === undefined) return next()
    if (!/^[\x20-\x7e]{1,255}$/.test(key)) throw unusable()
    const id = commandIdOf(c.get('principal').id, c.req.method, c.req.path, key)
    const recalled = () => store.get<StoredAnswer>('answers', id)
    const before = await recalled()
    if (before) return replay(before)
    await next()
    if (!c.res.ok) return
    const { status } = c.res
    const answer = { _id: id, status, body: await c.res.clone().text(), expiresAt: now() + RECEIPT_TTL_MS }
    if (await store.insert('answers', answer)) return
    const first = await recalled()
    if (first) c.res = replay(first)
  }

const replay = ({ status, body }: StoredAnswer): Response =>
  new Response(body, { status, headers: { 'content-type': 'application/json', 'idempotency-replayed': 'true' } })

const unusable = (): ProblemError =>
  new ProblemError('invalid_request', {
    errors: [faultAt('Idempotency-Key', 'must be 1 to 255 printable ASCII characters')],
  })
