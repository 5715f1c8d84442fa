import { Hono } from 'hono'
import { describe, expect, test } from 'vitest'
import { Role } from '#domain/actor.ts'
import { ACCESS, assertGuarded, guard, PUBLIC } from './access.ts'
import type { EdgeEnv } from '../deps.ts'
import { bearer, edge, problemOf, tokens } from '../testing/edge.ts'

const routes = ACCESS.map(([method, path, roles]) => ({ method, path: path.replace(':id', 'some-id'), roles }))

describe.each(routes)('$method $path', ({ method, path, roles }) => {
  test('asks for a token', async () => {
    expect(await problemOf(path, { method })).toMatchObject({ status: 401, code: 'unauthenticated' })
  })

  test.each(Role.options)('knows whether it is for a %s', async (role) => {
    const { status } = await problemOf(path, { method, headers: await bearer(role) })
    expect(status === 403).toBe(!roles.includes(role))
    expect(status).not.toBe(401)
  })
})

test.each(PUBLIC.map(([, path]) => path))('%s is for anybody', async (path) => {
  const response = await edge.request(path.replace(':code', 'forbidden'))
  expect([200, 302, 503]).toContain(response.status)
})

describe('the edge does not start', () => {
  const key = ([method, path]: readonly [string, string, ...unknown[]]) => `${method} ${path}`

  /** As `createEdge` does it, with a route for each line that is kept. */
  const guarded = (kept: (key: string) => boolean = () => true) => {
    const app = new Hono<EdgeEnv>()
    guard(app, tokens)
    for (const line of [...ACCESS, ...PUBLIC]) if (kept(key(line))) app.on(line[0], line[1], (c) => c.text('served'))
    return app
  }

  test('unless tables and routes are the same', () => {
    expect(() => assertGuarded(guarded())).not.toThrow()
    expect(() => assertGuarded(edge)).not.toThrow()
  })

  test('with a route without a line', () => {
    const app = guarded().delete('/v1/planted', (c) => c.text('not'))
    expect(() => assertGuarded(app)).toThrow('edge/guard/access.ts has no line for DELETE /v1/planted')
  })

  test('with a route for every method, which is no middleware', () => {
    const app = guarded().all('/v1/planted', (c) => c.text('not'))
    expect(() => assertGuarded(app)).toThrow('edge/guard/access.ts has no line for ALL /v1/planted')
  })

  test('with a route that was added before its guard', () => {
    const app = new Hono<EdgeEnv>().get('/v1/bookings', (c) => c.text('open'))
    app.route(
      '/',
      guarded((line) => line !== 'GET /v1/bookings'),
    )
    expect(() => assertGuarded(app)).toThrow('edge/guard/access.ts comes too late to guard GET /v1/bookings')
  })

  test.each([...ACCESS, ...PUBLIC].map(key))('with a line that no route serves: %s', (missing) => {
    const app = guarded((line) => line !== missing)
    expect(() => assertGuarded(app)).toThrow(`edge/guard/access.ts has lines that no route serves: ${missing}`)
  })
})

test('a path that does not exist is a 404, with or without a token', async () => {
  expect(await problemOf('/v2', {})).toMatchObject({ status: 404, code: 'not_found' })
  expect(await problemOf('/v2', { headers: await bearer() })).toMatchObject({ status: 404 })
})

describe('of a path that exists', () => {
  test.each([
    ['DELETE', '/v1/bookings', 'GET, HEAD, OPTIONS, POST'],
    ['GET', '/v1/bookings/b-1/accept', 'OPTIONS, POST'],
    ['HEAD', '/v1/bookings/b-1/accept', 'OPTIONS, POST'],
    ['POST', '/v1/listings/l-1', 'DELETE, GET, HEAD, OPTIONS, PATCH'],
    ['PUT', '/', 'GET, HEAD, OPTIONS'],
    ['POST', '/readyz', 'GET, HEAD, OPTIONS'],
  ])('another method is refused with those that there are: %s %s', async (method, path, allow) => {
    const response = await edge.request(path, { method })
    expect([response.status, response.headers.get('Allow')]).toEqual([405, allow])
    if (method === 'HEAD') return
    expect(await response.json()).toMatchObject({ code: 'method_not_allowed', detail: `${path} takes ${allow}.` })
  })

  test('OPTIONS tells what may be done, to anybody', async () => {
    const response = await edge.request('/v1/bookings/b-1', { method: 'OPTIONS' })
    expect([response.status, response.headers.get('Allow')]).toEqual([204, 'GET, HEAD, OPTIONS'])
    expect((await edge.request('/v2', { method: 'OPTIONS' })).status).toBe(404)
  })
})

test('a problem can be read by people: indented, with an end of line', async () => {
  const text = await (await edge.request('/v2')).text()
  expect(text).toMatch(/^\{\n {2}"type": "\/problems\/not_found",\n[^]*\}\n$/)
})
