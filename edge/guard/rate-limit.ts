import type { MiddlewareHandler } from 'hono'
import { rateLimiter } from 'hono-rate-limiter'
import { ProblemError, PROBLEMS } from '#platform/problems.ts'
import type { EdgeEnv } from '../deps.ts'

const MINUTE_MS = 60_000

/** Limits each principal to this number of requests a minute, in this process. Needs a principal, so it comes after the guard. */
export const limitRate = (requestsPerMinute: number): MiddlewareHandler<EdgeEnv> =>
  rateLimiter<EdgeEnv>({
    limit: requestsPerMinute,
    windowMs: MINUTE_MS,
    standardHeaders: 'draft-7',
    keyGenerator: (c) => `${c.get('principal').role} ${c.get('principal').id}`,
    handler: () => {
      const detail = `At most ${requestsPerMinute} requests a minute are accepted.`
      throw new ProblemError(PROBLEMS.too_many_requests, { detail })
    },
  })
