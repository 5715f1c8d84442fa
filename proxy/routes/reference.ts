import { constantResponse } from '#platform/constant.ts'
import { wantsPage } from '#platform/page/page.ts'
import { VIEWER_SCRIPT, viewerPage, viewerScript } from '#platform/viewer/viewer.ts'
import type { Dependencies } from '../http/dependencies.ts'
import { openApiOf } from '../reference/openapi.ts'
import { response } from '../reference/parts.ts'
import { text } from '../reference/schemas.ts'
import type { Route } from './route.ts'

/** The area of the routes that need no credentials. */
export const SERVER = 'Server'

const ABOUT = {
  service: 'proxy',
  about: 'Kafka over HTTP in the format of the Upstash REST API.',
  reference: '/docs',
  openapi: '/openapi.json',
  health: ['/healthz', '/readyz', '/metrics'],
}

const JSON_TYPE = { 'Content-Type': 'application/json' }

const NOT_MODIFIED = { 304: { description: 'Still the content with the `ETag` that `If-None-Match` names.' } }

const html = { 'text/html': { schema: text } }

/** @param described the other routes; the document also contains the routes made here */
export function referenceRoutes(
  described: readonly Route[],
  { knownCredentials }: Pick<Dependencies, 'knownCredentials'>,
): Route[] {
  const secrets = knownCredentials && { basic: knownCredentials }
  const referencePage = viewerPage({ title: 'Reservoir proxy reference', secrets })
  const made: Route[] = [
    {
      methods: ['GET'],
      path: '/',
      isPublic: true,
      docs: {
        operationId: 'root',
        summary: 'What this server is: the reference page for browsers, addresses as JSON for programs.',
        success: {
          description: 'The reference page or the addresses.',
          content: { ...html, 'application/json': { schema: { type: 'object' } } },
        },
        others: NOT_MODIFIED,
      },
      handle: (c) => {
        c.header('Vary', 'Accept')
        return wantsPage(c) ? referencePage(c.req.raw) : about(c.req.raw)
      },
    },
    {
      methods: ['GET'],
      path: '/docs',
      isPublic: true,
      docs: {
        operationId: 'docs',
        summary: 'This reference as a page.',
        success: { description: 'The page. It needs no other server.', content: html },
        others: NOT_MODIFIED,
      },
      handle: (c) => referencePage(c.req.raw),
    },
    {
      methods: ['GET'],
      path: VIEWER_SCRIPT,
      isPublic: true,
      docs: {
        operationId: 'docsViewer',
        summary: 'Script of the reference page.',
        success: { description: 'A script for browsers.', content: { 'text/javascript': { schema: text } } },
        others: NOT_MODIFIED,
      },
      handle: (c) => script(c.req.raw),
    },
    {
      methods: ['GET'],
      path: '/openapi.json',
      isPublic: true,
      docs: {
        operationId: 'openapi',
        summary: 'This reference as an OpenAPI document.',
        success: response('OpenAPI 3.1 document.', { type: 'object' }),
        others: NOT_MODIFIED,
      },
      handle: (c) => document(c.req.raw),
    },
  ]
  const routes = made.map((route) => ({ ...route, tag: SERVER }))
  const openApi = JSON.stringify(openApiOf([...described, ...routes]))
  const document = constantResponse(() => openApi, JSON_TYPE)
  const about = constantResponse(() => JSON.stringify(ABOUT), { ...JSON_TYPE, Vary: 'Accept' })
  const script = viewerScript()
  return routes
}
