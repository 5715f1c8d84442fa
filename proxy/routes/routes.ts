import type { Dependencies } from '../http/dependencies.ts'
import { consumeRoutes } from './consume.ts'
import { fetchRoutes } from './fetch.ts'
import { healthRoutes } from './health.ts'
import { instanceRoutes } from './instances.ts'
import { offsetRoutes } from './offsets.ts'
import { produceRoutes } from './produce.ts'
import { referenceRoutes, SERVER } from './reference.ts'
import type { Route } from './route.ts'
import { streamRoutes } from './stream.ts'
import { webhookRoutes } from './webhook.ts'

/** The areas of the reference, with their routes, in the order of the page. */
const AREAS: readonly [tag: string, makers: readonly ((dependencies: Dependencies) => Route[])[]][] = [
  ['Produce', [produceRoutes, webhookRoutes]],
  ['Consume', [consumeRoutes, instanceRoutes, streamRoutes]],
  ['Read', [fetchRoutes, offsetRoutes]],
  [SERVER, [healthRoutes]],
]

/** Every route of the proxy, in the order of the reference page. */
export function routesOf(dependencies: Dependencies): Route[] {
  const routes = AREAS.flatMap(([tag, makers]) =>
    makers.flatMap((routesFor) => routesFor(dependencies)).map((route) => ({ ...route, tag })),
  )
  return [...routes, ...referenceRoutes(routes, dependencies)]
}
