import { Hono } from 'hono'
import { describe, expect, test } from 'vitest'
import { testApi, tokenOf } from '../testing/api.ts'
import type { ApiEnv } from './deps.ts'
import { assertQueriesChecked, noQuery } from './query-parameters.ts'

const api = testApi()

describe('without a valid token', () => {
  test.each([
    ['no token', undefined],
    ['nonsense', 'Bearer x.y.z'],
    ['another scheme', 'Basic dTpw'],
    ['a token too long', `Bearer ${'x'.repeat(2_000_000)}`],
    ['an unsigned one', `Bearer ${btoa('{"alg":"none"}')}.${btoa('{"sub":"t1","role":"admin"}')}.`.replaceAll('=', '')],
  ])('returns 401: %s', async (_, authorization) => {
    const response = await api.app.request('/v1/bookings', { headers: authorization ? { authorization } : {} })
    expect(response.status).toBe(401)
    expect(await response.json()).toMatchObject({ code: 'unauthenticated' })
  })

  test('returns its health and readiness', async () => {
    expect((await api.app.request('/healthz')).status).toBe(200)
    expect((await api.app.request('/readyz')).status).toBe(200)
  })

  test('is not ready when the store is closed', async () => {
    await api.store.close()
    const response = await api.app.request('/readyz')
    expect(response.status).toBe(503)
    expect(await response.json()).toMatchObject({ faults: [expect.stringMatching(/^the store: .*closed/)] })
  })
})

describe('an existing path', () => {
  const send = async (method: string, path: string) =>
    api.app.request(path, { method, headers: { authorization: `Bearer ${await tokenOf('admin', 'a1')}` } })

  test.each([
    ['POST', '/v1/bookings', 'GET, HEAD, OPTIONS'],
    ['GET', '/v1/notifications/read-all', 'OPTIONS, POST'],
    ['DELETE', '/readyz', 'GET, HEAD, OPTIONS'],
  ])('rejects another method and lists its methods: %s %s', async (method, path, allow) => {
    const response = await send(method, path)
    expect([response.status, response.headers.get('allow')]).toEqual([405, allow])
    const detail = `${path} takes ${allow}.`
    expect(await response.json()).toMatchObject({ code: 'method_not_allowed', detail, remedy: expect.any(String) })
  })

  test('lists its methods for OPTIONS', async () => {
    const response = await send('OPTIONS', '/v1/notifications')
    expect([response.status, response.headers.get('allow')]).toEqual([204, 'GET, HEAD, OPTIONS'])
    expect((await send('OPTIONS', '/v1/nothing')).status).toBe(404)
  })

  test('ends the response to a HEAD of a stream', async () => {
    const response = await send('HEAD', '/v1/events/stream')
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/event-stream'])
    expect(response.headers.get('x-accel-buffering')).toBe('no')
    expect(await response.text()).toBe('')
  })
})

describe('what a client sends', () => {
  const send = async (method: string, path: string, headers = {}, body?: string) => {
    const authorization = `Bearer ${await tokenOf('admin', 'a1')}`
    const response = await api.app.request(path, { method, headers: { authorization, ...headers }, body })
    return { status: response.status, body: response.status === 200 ? null : await response.json() }
  }

  test('has only parameters that the route has, on every route', async () => {
    const routes = api.app.routes.filter(({ method }) => method !== 'ALL')
    expect(routes.length).toBeGreaterThan(15)
    for (const { method, path } of routes) {
      expect(await send(method, `${path.replace(':id', 'some-id')}?satus=x`), path).toMatchObject({
        status: 422,
        body: {
          code: 'invalid_request',
          errors: expect.arrayContaining([{ pointer: 'satus', detail: expect.any(String) }]),
        },
      })
    }
  })

  test('has each parameter once', async () => {
    const errors = [{ pointer: 'limit', detail: 'limit must be given once.' }]
    expect(await send('GET', '/v1/bookings?limit=1&limit=1')).toMatchObject({ status: 422, body: { errors } })
  })

  test('is not compressed', async () => {
    const answer = await send('POST', '/v1/notifications/read-all', { 'content-encoding': 'gzip' }, 'x')
    expect(answer).toMatchObject({ status: 415, body: { code: 'unsupported_media_type' } })
  })

  test('is checked on every route, or the API does not start', () => {
    const unchecked = new Hono<ApiEnv>().get('/v1/new', (c) => c.text('')).get('/v1/old', noQuery, (c) => c.text(''))
    expect(() => assertQueriesChecked(unchecked)).toThrow('do not check their query: GET /v1/new')
  })
})

describe('the root', () => {
  const page = (accept?: string) => api.app.request('/', { headers: accept ? { accept } : {} })

  test('describes itself and links to the reference for a browser', async () => {
    const response = await page('text/html,application/xhtml+xml,*/*;q=0.8')
    expect(response.headers.get('content-type')).toMatch(/^text\/html/)
    expect(await response.text()).toMatch(/<p>This is the API of a Reservoir processor\.[^]*<a href="\S+\/docs">/)
  })

  test('shows the same page, as 404, where a browser opens an address that does not exist', async () => {
    const response = await api.app.request('/docs', { headers: { accept: 'text/html,*/*;q=0.8' } })
    expect([response.status, response.headers.get('content-type')]).toEqual([404, 'text/html; charset=UTF-8'])
    expect(await response.text()).toContain('This is the API of a Reservoir processor.')
    expect((await api.app.request('/docs')).headers.get('content-type')).toBe('application/problem+json')
  })

  test.each([undefined, '*/*', 'application/json'])('returns the same as JSON to a program: %s', async (accept) => {
    const about = expect.stringMatching(/^This is the API of a Reservoir processor\..*\/docs/)
    expect(await (await page(accept)).json()).toEqual({ service: 'processor', about })
  })
})
