import { Hono } from 'hono'
import { describe, expect, test } from 'vitest'
import { Role } from '#domain/actor.ts'
import type { EdgeEnv } from '../deps.ts'
import { isSigned, type Route } from '../routes/route.ts'
import { ROUTES } from '../routes/routes.ts'
import { bearer, deps, edge, problemOf } from '../testing/edge.ts'
import { assertComplete, authorize } from './access.ts'
import { requireSignature } from './signature.ts'

const guarded = ROUTES.flatMap(({ method, path, access }) =>
  access === 'public' ? [] : [{ method, path: path.replace(':id', 'some-id'), roles: access.roles }],
)
const open = ROUTES.filter((route) => route.access === 'public' && !isSigned(route))

describe.each(guarded)('$method $path', ({ method, path, roles }) => {
  test('requires a token', async () => {
    expect(await problemOf(path, { method })).toMatchObject({ status: 401, code: 'unauthenticated' })
  })

  test.each(Role.options)('returns 403 to a %s unless the role is allowed', async (role) => {
    const { status } = await problemOf(path, { method, headers: await bearer(role) })
    expect(status === 403).toBe(!roles.includes(role))
    expect(status).not.toBe(401)
  })
})

test.each(open)('$path needs no token', async ({ path, flow }) => {
  const response = await edge.request(path.replace(':code', 'forbidden'))
  // This edge has no query API to forward to.
  expect(flow === 'forward' ? [500] : [200, 302, 503]).toContain(response.status)
})

describe('assertComplete', () => {
  const [first, ...others] = ROUTES as [Route, ...Route[]]

  const authenticate = () => Promise.reject(new Error('never called'))

  /** As `createEdge` does it. */
  const appOf = (routes: readonly Route[]) => {
    const app = new Hono<EdgeEnv>()
    for (const { method, path, access, flow } of routes) {
      if (access !== 'public') app.on(method, [path], authorize(access?.roles ?? [], authenticate))
      if (isSigned({ flow })) app.on(method, [path], requireSignature(deps))
      app.on(method, [path], (c) => c.text('served'))
    }
    return app
  }

  test('accepts the routes of the edge', () => {
    expect(() => assertComplete(appOf(ROUTES), ROUTES)).not.toThrow()
    expect(() => assertComplete(edge, ROUTES)).not.toThrow()
  })

  test('refuses a served route without a definition', () => {
    const app = appOf(ROUTES).delete('/v1/planted', (c) => c.text('open'))
    expect(() => assertComplete(app, ROUTES)).toThrow('DELETE /v1/planted has no definition')
  })

  test('refuses a route for every method, which is not middleware', () => {
    const app = appOf(ROUTES).all('/v1/planted', (c) => c.text('open'))
    expect(() => assertComplete(app, ROUTES)).toThrow('ALL /v1/planted has no definition')
  })

  test('refuses a route that is served before its guard', () => {
    const app = new Hono<EdgeEnv>().post('/v1/bookings', (c) => c.text('open'))
    app.route('/', appOf(ROUTES))
    expect(() => assertComplete(app, ROUTES)).toThrow('POST /v1/bookings is served without its guard')
  })

  test('refuses a route with a signed body that is served without its guard', () => {
    const app = new Hono<EdgeEnv>().post('/v1/payments/webhook', (c) => c.text('open'))
    const others = ROUTES.filter(({ path }) => path !== '/v1/payments/webhook')
    app.route('/', appOf(others))
    expect(() => assertComplete(app, ROUTES)).toThrow('POST /v1/payments/webhook is served without its guard')
  })

  test.each(ROUTES)('refuses a definition that is not served: $method $path', (missing) => {
    const app = appOf(ROUTES.filter((route) => route !== missing))
    expect(() => assertComplete(app, ROUTES)).toThrow(`${missing.method} ${missing.path} is not served`)
  })

  test.each<[lack: string, planted: { [K in keyof Route]?: Route[K] | undefined }]>([
    ['has no access', { access: undefined }],
    ['has no access', { access: { roles: [] } }],
    ['has no operationId', { operationId: '' }],
    ['has no summary', { summary: undefined }],
    ['has no responses', { responses: {} }],
    ['has a response without a description, schema or example', { responses: { 200: { description: '' } } }],
    [
      'has a response without a description, schema or example',
      { responses: { 201: { ...first.responses[201]!, example: undefined } } },
    ],
    [
      'has a response without a description, schema or example',
      { responses: { 201: { ...first.responses[201]!, schema: undefined } } },
    ],
    ['has a body without a schema or example', { body: { ...first.body!, examples: {} } }],
    ['has a body without a schema or example', { body: { ...first.body!, schema: undefined as never } }],
    ['does not describe the parameter in its path', { path: '/v1/bookings/:id', parameters: [] }],
  ])('refuses a definition that %s', (lack, planted) => {
    const routes = [{ ...first, ...planted }, ...others]
    expect(() => assertComplete(appOf(routes), routes)).toThrow(lack)
  })

  test('refuses two routes with one name or title, and a route that is defined twice', () => {
    const routes = [...ROUTES, first]
    const check = () => assertComplete(appOf(routes), routes)
    expect(check).toThrow('POST /v1/bookings is defined twice')
    expect(check).toThrow('requestBooking is the operationId of two routes')
    expect(check).toThrow('Request a booking is the summary of two routes')
  })

  test('names every gap at once', () => {
    const routes = [{ ...first, summary: '' }, ...others]
    const app = appOf(routes).get('/planted', (c) => c.text('open'))
    expect(() => assertComplete(app, routes)).toThrow(
      /GET \/planted has no definition\nPOST \/v1\/bookings has no summary/,
    )
  })
})

test('a path that does not exist returns 404, with or without a token', async () => {
  expect(await problemOf('/v2', {})).toMatchObject({ status: 404, code: 'not_found' })
  expect(await problemOf('/v2', { headers: await bearer() })).toMatchObject({ status: 404 })
})

describe('on a path that exists', () => {
  test.each([
    ['DELETE', '/v1/bookings', 'GET, HEAD, OPTIONS, POST'],
    ['GET', '/v1/bookings/b-1/accept', 'OPTIONS, POST'],
    ['HEAD', '/v1/bookings/b-1/accept', 'OPTIONS, POST'],
    ['POST', '/v1/listings/l-1', 'DELETE, GET, HEAD, OPTIONS, PATCH'],
    ['PUT', '/', 'GET, HEAD, OPTIONS'],
    ['POST', '/readyz', 'GET, HEAD, OPTIONS'],
  ])('another method returns 405 and the allowed methods: %s %s', async (method, path, allow) => {
    const response = await edge.request(path, { method })
    expect([response.status, response.headers.get('Allow')]).toEqual([405, allow])
    if (method === 'HEAD') return
    expect(await response.json()).toMatchObject({ code: 'method_not_allowed', detail: `${path} takes ${allow}.` })
  })

  test('OPTIONS returns the allowed methods without a token', async () => {
    const response = await edge.request('/v1/bookings/b-1', { method: 'OPTIONS' })
    expect([response.status, response.headers.get('Allow')]).toEqual([204, 'GET, HEAD, OPTIONS'])
    expect((await edge.request('/v2', { method: 'OPTIONS' })).status).toBe(404)
  })
})

test('a problem document is indented and ends with a line feed', async () => {
  const text = await (await edge.request('/v2')).text()
  expect(text).toMatch(/^\{\n {2}"type": "\/problems\/not_found",\n[^]*\}\n$/)
})
