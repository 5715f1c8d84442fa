import { Hono } from 'hono'
import type { Log } from '#log/log.ts'
import { Problem } from '../problem.ts'

const LOG_WAIT_MS = 2000

export function healthRoutes({ log }: { log: Log }): Hono {
  const routes = new Hono({ strict: false })

  routes.get('/healthz', (c) => c.json({ status: 200 }))

  /** Ready is who reaches the log; a log that does not answer in time is not reached. */
  routes.get('/readyz', async (c) => {
    const late = AbortSignal.timeout(LOG_WAIT_MS)
    const answers = log.topics().then(
      () => true,
      () => false,
    )
    const tooLate = new Promise<false>((resolve) => late.addEventListener('abort', () => resolve(false)))
    if (await Promise.race([answers, tooLate])) return c.json({ status: 200 })
    throw new Problem(503, 'the log cannot be reached', { 'Retry-After': '1' })
  })

  return routes
}
