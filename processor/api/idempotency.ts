import { createHash } from 'node:crypto'
import type { MiddlewareHandler } from 'hono'
import { idempotencyKeyIn } from '#platform/idempotency-key.ts'
import { commandIdOf } from '#domain/ids.ts'
import { ProblemError, PROBLEMS } from '#platform/problems.ts'
import { RECEIPT_TTL_MS } from '#domain/projections/receipt.ts'
import type { Doc } from '#store/store.ts'
import type { ApiDeps, ApiEnv } from './deps.ts'

/** The response to a write with an `Idempotency-Key`, kept for as long as the receipts of commands. */
interface StoredResponse extends Doc {
  /** SHA-256 of the request's body, in hex; absent from responses that are older than this field. */
  bodyHash?: string
  status: number
  body: string
  expiresAt: number
}

/**
 * A POST repeated with its `Idempotency-Key` returns the original response and does nothing. With another body it is a 422. Two
 * that run at the same time may both be carried out, so a write of personal state must be idempotent; both return the response
 * of the first.
 */
export const idempotency =
  ({ store, now }: Pick<ApiDeps, 'store' | 'now'>): MiddlewareHandler<ApiEnv> =>
  async (c, next) => {
    if (c.req.method !== 'POST') return next()
    const key = idempotencyKeyIn(c.req.header('idempotency-key'))
    if (key === undefined) return next()
    const id = commandIdOf(c.get('principal').id, c.req.method, c.req.path, key)
    const bodyHash = sha256(await c.req.arrayBuffer())
    const stored = () => store.get<StoredResponse>('idempotent_responses', id)
    const before = await stored()
    if (before) return originalResponse(before, bodyHash)
    await next()
    if (!c.res.ok) return
    const { status } = c.res
    const response = { _id: id, bodyHash, status, body: await c.res.clone().text(), expiresAt: now() + RECEIPT_TTL_MS }
    if (await store.insert('idempotent_responses', response)) return
    const first = await stored()
    if (first) c.res = originalResponse(first, bodyHash)
  }

function originalResponse({ status, body, ...original }: StoredResponse, bodyHash: string): Response {
  if ((original.bodyHash ?? bodyHash) !== bodyHash) throw new ProblemError(PROBLEMS.idempotency_key_reused)
  return new Response(body, {
    status,
    headers: { 'content-type': 'application/json', 'idempotency-replayed': 'true' },
  })
}

const sha256 = (bytes: ArrayBuffer): string => createHash('sha256').update(new Uint8Array(bytes)).digest('hex')
