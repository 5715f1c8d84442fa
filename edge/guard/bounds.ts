import type { MiddlewareHandler } from 'hono'
import { Budget } from '#platform/budget.ts'
import { ProblemError, PROBLEMS } from '#platform/problems.ts'
import { Rate } from '#platform/rate.ts'
import { takeFrom } from '#platform/take-from.ts'
import type { EdgeEnv } from '../deps.ts'
import { LIMITS } from '../limits.ts'
import type { AddressOf } from './address.ts'

/** Bounds that all routes of one app share. */
export interface Bounds {
  /** Limits how often one address calls routes without a token. */
  admitPublic: MiddlewareHandler<EdgeEnv>
  /** Limits the requests under way of a principal and of all. Needs a principal, and comes before the body is read. */
  limitUnderWay: MiddlewareHandler<EdgeEnv>
  /** Limits the webhooks under way of an address and of all. Comes before the body is read. */
  limitWebhooks: MiddlewareHandler<EdgeEnv>
  /** Limits the open streams of a principal and of all. Needs a principal. */
  limitStreams: MiddlewareHandler<EdgeEnv>
}

export function createBounds(addressOf: AddressOf): Bounds {
  const rate = new Rate(LIMITS.publicPerSecond)
  const underWay = new Budget(LIMITS.underWay)
  const webhooks = new Budget(LIMITS.webhooks)
  const streams = new Budget(LIMITS.streams)
  return {
    admitPublic: (c, next) => {
      if (rate.admits(addressOf(c))) return next()
      const detail = `At most ${LIMITS.publicPerSecond} requests a second are accepted without a token.`
      throw new ProblemError(PROBLEMS.too_many_requests, { detail })
    },
    async limitUnderWay(c, next) {
      const release = takeFrom(underWay, c.get('principal').id, 'requests')
      await next().finally(release)
    },
    async limitWebhooks(c, next) {
      const release = takeFrom(webhooks, addressOf(c), 'webhooks')
      await next().finally(release)
    },
    async limitStreams(c, next) {
      const release = takeFrom(streams, c.get('principal').id, 'streams')
      await next()
      const { res } = c
      if (c.error || !res.ok || !res.body) return release()
      c.res = new Response(untilEnded(res.body, release), res)
    },
  }
}

/** The same bytes. @param ended called when they have ended, failed, or the client has left */
function untilEnded(body: ReadableStream<Uint8Array>, ended: () => void): ReadableStream<Uint8Array> {
  const reader = body.getReader()
  const source: UnderlyingDefaultSource<Uint8Array> = {
    async pull(controller) {
      const { done, value } = await reader.read().catch((error: unknown) => {
        ended()
        throw error
      })
      if (!done) return controller.enqueue(value)
      ended()
      controller.close()
    },
    cancel(reason) {
      ended()
      return reader.cancel(reason)
    },
  }
  return new ReadableStream(source, { highWaterMark: 0 })
}
