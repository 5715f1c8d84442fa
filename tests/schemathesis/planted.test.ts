import { afterAll, beforeAll, expect, test } from 'vitest'
import { serve, type Served } from '#platform/node/serve.ts'
import { describeDocuments } from './describe-documents.ts'

/** Operations whose responses break their document, by path. */
const WRONG: Readonly<Record<string, () => Response>> = {
  '/fails': () => Response.json({ id: 'a' }, { status: 500 }),
  '/undocumented': () => Response.json({ id: 'a' }, { status: 206 }),
  '/another-schema': () => Response.json({ id: 1 }),
  '/another-type': () => new Response('a'),
  '/open': () => Response.json({ id: 'a' }),
  '/refused': () => Response.json({ code: 'invalid_request', errors: [{ detail: 'n is wrong' }] }, { status: 422 }),
  '/relation': () =>
    Response.json({ code: 'invalid_request', errors: [{ detail: 'must be 1 to 9 days after from' }] }, { status: 422 }),
}

const SCHEMA = { type: 'object', properties: { id: { type: 'string' } }, required: ['id'] }

const operation = (path: string) => ({
  get: {
    security: path === '/open' ? [{ bearer: [] }] : [],
    parameters: [{ name: 'n', in: 'query', schema: { type: 'integer' } }],
    responses: {
      200: { description: 'One.', content: { 'application/json': { schema: SCHEMA } } },
      422: { description: 'Refused.', content: { 'application/json': { schema: {} } } },
      500: { description: 'Failed.', content: { 'application/json': { schema: {} } } },
    },
  },
})

const DOCUMENT = {
  openapi: '3.1.1',
  info: { title: 'Planted', version: '1' },
  paths: Object.fromEntries(Object.keys(WRONG).map((path) => [path, operation(path)])),
  components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } } },
}

const respond = ({ method, url }: Request): Response => {
  if (method !== 'GET') return new Response(null, { status: 405, headers: { Allow: 'GET' } })
  return WRONG[new URL(url).pathname]?.() ?? Response.json(DOCUMENT)
}

describeDocuments('Schemathesis', (schemathesis) => {
  let server: Served
  let failures: string

  beforeAll(async () => {
    server = await serve(respond, { port: 0, hostname: '127.0.0.1' })
    failures = await schemathesis(`http://127.0.0.1:${server.port}/openapi.json`)
  })

  afterAll(() => server.close())

  test.each([
    ['/fails', 'Server error'],
    ['/undocumented', 'Undocumented status code'],
    ['/another-schema', 'Response violates schema'],
    ['/another-type', 'Undocumented Content-Type'],
    ['/open', 'API accepts requests without authentication'],
    ['/refused', 'Schema-valid request rejected'],
    ['/another-schema', 'Schema-violating request accepted'],
  ])('finds that GET %s has the fault: %s', (path, title) => {
    expect(findingsOf(failures, path)).toContain(title)
  })

  test('accepts a refusal that depends on two values', () => {
    expect(findingsOf(failures, '/relation')).toBe('')
  })
})

const findingsOf = (failures: string, path: string): string =>
  new RegExp(`^_+ GET ${path} _+$[^]*?(?=^__|^==|$(?![^]))`, 'm').exec(failures)?.[0] ?? ''
