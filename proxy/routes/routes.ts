import type { Dependencies } from '../http/dependencies.ts'
import { consumeRoutes } from './consume.ts'
import { fetchRoutes } from './fetch.ts'
import { healthRoutes } from './health.ts'
import { instanceRoutes } from './instances.ts'
import { offsetRoutes } from './offsets.ts'
import { produceRoutes } from './produce.ts'
import { referenceRoutes } from './reference.ts'
import type { Route } from './route.ts'
import { streamRoutes } from './stream.ts'
import { webhookRoutes } from './webhook.ts'

/** Every route of the proxy, in the order of the reference page. */
export function routesOf(dependencies: Dependencies): Route[] {
  const routes = [
    produceRoutes,
    webhookRoutes,
    consumeRoutes,
    instanceRoutes,
    streamRoutes,
    fetchRoutes,
    offsetRoutes,
    healthRoutes,
  ].flatMap((routesFor) => routesFor(dependencies))
  return [...routes, ...referenceRoutes(routes)]
}
