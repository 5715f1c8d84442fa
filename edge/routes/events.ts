import { Hono } from 'hono'
import type { EdgeDeps, EdgeEnv } from '../deps.ts'
import { forward } from '../reads/forward.ts'

export function eventRoutes({ query }: EdgeDeps): Hono<EdgeEnv> {
  return new Hono<EdgeEnv>().get('/stream', forward(query))
}
