import { Hono } from 'hono'
import type { ProxyEnv } from '../http/env.ts'
import type { Overdue } from '../upkeep/stalled-calls.ts'
import type { Metrics } from '../upkeep/metrics.ts'
import { Problem } from '../http/errors.ts'
import type { Topics } from '../topics.ts'
import { within } from '../upkeep/patient-log.ts'

const LOG_WAIT_MS = 2000

export interface Health {
  topics: Topics
  metrics: Metrics
  overdue: Overdue
  /** Why it should get no requests, though the log is there; `undefined` if it should. */
  notReady: () => string | undefined
}

/** Asked without credentials, by whoever runs the proxy. */
export function healthRoutes({ topics, metrics, overdue, notReady }: Health): Hono<ProxyEnv> {
  const routes = new Hono<ProxyEnv>({ strict: false })

  /** Alive is who goes on; that the log is away is no reason to start the proxy anew. */
  routes.get('/healthz', (c) => {
    const standing = overdue.standing()
    if (standing === undefined) return c.json({ status: 200 })
    throw new Problem(503, standing)
  })

  /** Ready is who reaches the log; a log that does not answer in time is not reached. */
  routes.get('/readyz', async (c) => {
    const reason = notReady() ?? (await reached(topics))
    if (reason === undefined) return c.json({ status: 200 })
    throw new Problem(503, reason, { 'Retry-After': '1' })
  })

  routes.get('/metrics', async (c) => {
    const { registry } = metrics
    return c.body(await registry.metrics(), 200, { 'Content-Type': registry.contentType })
  })

  return routes
}

function reached(topics: Topics): Promise<string | undefined> {
  const answered = within(LOG_WAIT_MS, topics.all(), () => new Error('no answer in time'))
  return answered.then(
    () => undefined,
    () => 'the log cannot be reached',
  )
}
