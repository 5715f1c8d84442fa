import { Hono } from 'hono'
import type { ProxyEnv } from '../http/env.ts'
import { OPENAPI } from '../reference/openapi.ts'

export function docsRoutes(): Hono<ProxyEnv> {
  const routes = new Hono<ProxyEnv>({ strict: false })
  routes.get('/openapi.json', (c) => c.json(OPENAPI))
  return routes
}
