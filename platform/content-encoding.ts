import type { MiddlewareHandler } from 'hono'
import { ProblemError, PROBLEMS } from './problems.ts'

/** The encoding of a body that has one, such as `gzip`; null for a body as it is. No service here decodes bodies. */
export function encodingIn(contentEncoding: string | undefined): string | null {
  const encodings = (contentEncoding ?? '').split(',').map((name) => name.trim())
  return encodings.some((name) => name !== '' && name.toLowerCase() !== 'identity') ? encodings.join(', ') : null
}

/** Whether a client accepts gzip by name (`Accept-Encoding`). */
export const acceptsGzip = (acceptEncoding: string | null): boolean =>
  (acceptEncoding ?? '').split(',').some((entry) => GZIP.test(entry) && !REFUSED.test(entry))

const GZIP = /^\s*(x-)?gzip\s*(;|$)/i
const REFUSED = /;\s*q=0(\.0*)?\s*$/i

/** For the response to an encoded body (RFC 9110, 15.5.16). */
export const ACCEPTED_ENCODING = { 'Accept-Encoding': 'identity' }

/** Rejects an encoded body with the problem `unsupported_media_type`. */
export const rejectEncodedBody = (): MiddlewareHandler => async (c, next) => {
  const encoding =
    c.req.method === 'GET' || c.req.method === 'HEAD' ? null : encodingIn(c.req.header('Content-Encoding'))
  if (encoding === null) return next()
  for (const [name, value] of Object.entries(ACCEPTED_ENCODING)) c.header(name, value)
  throw new ProblemError(PROBLEMS.unsupported_media_type, {
    detail: `Content-Encoding is ${encoding}; the body must not be encoded.`,
  })
}
