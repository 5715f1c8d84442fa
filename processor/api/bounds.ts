import type { Context, MiddlewareHandler } from 'hono'
import { Gauge, type Registry } from 'prom-client'
import { MAX_BODY_BYTES } from '#platform/body-limit.ts'
import { Budget } from '#platform/budget.ts'
import { takeFrom } from '#platform/take-from.ts'
import { BODY_BYTES, UNDER_WAY, WAITS } from '../limits.ts'
import type { ApiEnv } from './deps.ts'

/** What the requests of one API share. The edge passes the tokens of its users on, so that each user pays for their own requests. */
export interface ApiBounds {
  /** Limits the requests under way and the bytes of their bodies. Needs a principal. */
  limitUnderWay: MiddlewareHandler<ApiEnv>
  /** Does work that waits, in one of the places for it. @throws ProblemError `too_many_requests` or `overloaded` */
  whileWaiting: <T>(c: Context<ApiEnv>, work: () => Promise<T>) => Promise<T>
}

export function createBounds(registry: Registry): ApiBounds {
  const underWay = new Budget(UNDER_WAY)
  const waits = new Budget(WAITS)
  const bodies = new Budget(BODY_BYTES)
  gauge(registry, 'processor_api_requests', 'Requests to the API whose response has not begun', underWay)
  gauge(registry, 'processor_api_waits', 'Requests to the API that wait for a document', waits)
  gauge(registry, 'processor_api_body_bytes', 'Bytes of the bodies of requests to the API', bodies)
  return {
    async limitUnderWay(c, next) {
      const principal = c.get('principal').id
      const release = takeFrom(underWay, principal, 'requests')
      try {
        const releaseBody = takeFrom(bodies, principal, 'bytes of requests', bodyBytesOf(c))
        await next().finally(releaseBody)
      } finally {
        release()
      }
    },
    whileWaiting(c, work) {
      const release = takeFrom(waits, c.get('principal').id, 'requests that wait')
      return work().finally(release)
    },
  }
}

/** What the body may have; a larger one is rejected later. */
function bodyBytesOf({ req }: Context<ApiEnv>): number {
  if (req.header('transfer-encoding') !== undefined) return MAX_BODY_BYTES
  return Math.min(Number(req.header('content-length') ?? 0), MAX_BODY_BYTES)
}

function gauge(registry: Registry, name: string, help: string, budget: Budget): void {
  const gauge = new Gauge({
    name,
    help,
    registers: [],
    collect() {
      this.set(budget.used)
    },
  })
  registry.registerMetric(gauge)
}
