import { openApiOf } from '../reference/openapi.ts'
import { response } from '../reference/parts.ts'
import type { Route } from './route.ts'

/** @param described the other routes; the document also has the routes made here */
export function referenceRoutes(described: readonly Route[]): Route[] {
  const routes: Route[] = [
    {
      methods: ['GET'],
      path: '/openapi.json',
      isPublic: true,
      docs: {
        operationId: 'openapi',
        summary: 'This API as an OpenAPI document.',
        success: response('OpenAPI 3.1 document.', { type: 'object' }),
      },
      handle: (c) => c.json(document),
    },
  ]
  const document = openApiOf([...described, ...routes])
  return routes
}
