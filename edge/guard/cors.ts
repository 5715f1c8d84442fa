import type { MiddlewareHandler } from 'hono'
import { cors } from 'hono/cors'

/** Headers that pages of other origins may send. */
const REQUEST_HEADERS = [
  'Authorization',
  'Consistency-Token',
  'Content-Type',
  'Idempotency-Key',
  'If-Match',
  'If-None-Match',
  'Last-Event-ID',
  'Prefer',
  'traceparent',
  'X-Request-Id',
]
/** Headers that pages of other origins may read. */
const RESPONSE_HEADERS = [
  'Consistency-Token',
  'ETag',
  'Idempotency-Replayed',
  'Link',
  'Location',
  'Preference-Applied',
  'RateLimit',
  'RateLimit-Policy',
  'Retry-After',
  'X-Request-Id',
]

const PREFLIGHT_SECONDS = 600

/** Allows pages of these origins to call the edge. Browsers withhold responses from pages of other origins. */
export const allowOrigins = (origins: readonly string[]): MiddlewareHandler =>
  cors({
    origin: [...origins],
    allowMethods: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'],
    allowHeaders: REQUEST_HEADERS,
    exposeHeaders: RESPONSE_HEADERS,
    maxAge: PREFLIGHT_SECONDS,
  })
