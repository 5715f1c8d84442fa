import type { MiddlewareHandler } from 'hono'
import { requestId } from 'hono/request-id'
import type { EdgeEnv } from '../deps.ts'

/** The longest id that a message's header may have (`domain/trace.ts`). */
const MAX_REQUEST_ID_CHARS = 128

const TRACEPARENT = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/

/** Takes the client's `X-Request-Id`, or generates one, so that logs, events and problems name the request. */
export const nameRequest = (): MiddlewareHandler => requestId({ limitLength: MAX_REQUEST_ID_CHARS })

/** Continues the client's trace or starts one. Comes after {@link nameRequest}. */
export const trace = (): MiddlewareHandler<EdgeEnv> => async (c, next) => {
  const given = c.req.header('traceparent') ?? ''
  const traceparent = TRACEPARENT.test(given) ? given : `00-${randomHex(16)}-${randomHex(8)}-01`
  c.set('trace', { requestId: c.get('requestId'), traceparent })
  await next()
}

export const hexOf = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')

const randomHex = (bytes: number): string => hexOf(crypto.getRandomValues(new Uint8Array(bytes)))
