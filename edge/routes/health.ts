import { Hono } from 'hono'
import type { EdgeDeps, EdgeEnv } from '../deps.ts'

export function healthRoutes({ commands }: EdgeDeps): Hono<EdgeEnv> {
  return (
    new Hono<EdgeEnv>()
      .get('/healthz', (c) => c.json({ status: 'ok' }))
      /** Ready is who can take a booking. The query API may be away: requests are taken all the same. */
      .get('/readyz', async (c) => {
        try {
          await commands.check()
          return c.json({ status: 'ok' })
        } catch {
          return c.json({ status: 'unavailable', faults: ['the proxy or its log does not answer'] }, 503)
        }
      })
  )
}
