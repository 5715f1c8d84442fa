import { Hono } from 'hono'
import { describe, expect, test } from 'vitest'
import { Role } from '#domain/actor.ts'
import { ACCESS, assertGuarded } from './access.ts'
import type { EdgeEnv } from './app.ts'
import { bearer, problemOf } from './testing/edge.ts'

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

test('a route without a line keeps the edge from starting', () => {
  const app = new Hono<EdgeEnv>()
    .get('/v1/bookings', (c) => c.text('known'))
    .delete('/v1/planted', (c) => c.text('not'))
  expect(() => assertGuarded(app)).toThrow('edge/access.ts has no line for DELETE /v1/planted')
})

test('a path that does not exist is a 404, with or without a token', async () => {
  expect(await problemOf('/v2', {})).toMatchObject({ status: 404, code: 'not_found' })
  expect(await problemOf('/v2', { headers: await bearer() })).toMatchObject({ status: 404 })
  expect(await problemOf('/v1/bookings', { method: 'DELETE', headers: await bearer() })).toMatchObject({ status: 404 })
})
