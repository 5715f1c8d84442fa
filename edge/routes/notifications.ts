import { Hono } from 'hono'
import type { EdgeDeps, EdgeEnv } from '../deps.ts'
import { forward } from '../reads/forward.ts'

export function notificationRoutes({ query }: EdgeDeps): Hono<EdgeEnv> {
  const pass = forward(query)
  return new Hono<EdgeEnv>().get('/', pass).get('/stream', pass).post('/read-all', pass).post('/:id/read', pass)
}
