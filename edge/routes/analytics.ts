import { Hono } from 'hono'
import type { EdgeDeps, EdgeEnv } from '../deps.ts'
import { forward } from '../reads/forward.ts'

export function analyticsRoutes({ query }: EdgeDeps): Hono<EdgeEnv> {
  const read = forward(query)
  return new Hono<EdgeEnv>().get('/summary', read).get('/timeseries', read)
}
