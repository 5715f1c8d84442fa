import type { MiddlewareHandler } from 'hono'
import type { EdgeEnv } from '../deps.ts'

const TRACEPARENT = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/

/** Continues the client's trace or starts one. Comes after `nameRequest`. */
export const trace = (): MiddlewareHandler<EdgeEnv> => async (c, next) => {
  const given = c.req.header('traceparent') ?? ''
  const traceparent = TRACEPARENT.test(given) ? given : `00-${randomHex(16)}-${randomHex(8)}-01`
  c.set('trace', { requestId: c.get('requestId'), traceparent })
  await next()
}

export const hexOf = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')

const randomHex = (bytes: number): string => hexOf(crypto.getRandomValues(new Uint8Array(bytes)))
