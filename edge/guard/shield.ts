import type { MiddlewareHandler } from 'hono'
import { cors } from 'hono/cors'
import { rateLimiter } from 'hono-rate-limiter'
import { ProblemError, PROBLEMS } from '#platform/problems.ts'
import type { EdgeEnv } from '../deps.ts'

/** What pages of other origins may send, and read. */
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
const ANSWER_HEADERS = [
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

/** Pages of these origins may call us; of any other, a browser keeps the answer from them. */
export const allowOrigins = (origins: readonly string[]): MiddlewareHandler =>
  cors({
    origin: [...origins],
    allowMethods: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'],
    allowHeaders: REQUEST_HEADERS,
    exposeHeaders: ANSWER_HEADERS,
    maxAge: PREFLIGHT_SECONDS,
  })

const MINUTE_MS = 60_000

/** So many requests a minute for each principal; whoever needs none has none to spend. To be used behind the guard. */
export const limitRate = (requestsPerMinute: number): MiddlewareHandler<EdgeEnv> =>
  rateLimiter<EdgeEnv>({
    limit: requestsPerMinute,
    windowMs: MINUTE_MS,
    standardHeaders: 'draft-7',
    skip: (c) => c.get('principal') === undefined,
    keyGenerator: (c) => `${c.get('principal').role} ${c.get('principal').id}`,
    handler: () => {
      throw new ProblemError(PROBLEMS.too_many_requests, { detail: `At most ${requestsPerMinute} a minute.` })
    },
  })
