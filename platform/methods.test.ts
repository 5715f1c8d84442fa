import { expect, it } from 'vitest'
import { allowedMethods, isAt } from './methods.ts'

const routes = [
  { method: 'ALL', path: '/*' },
  { method: 'ALL', path: '/v1/bookings' },
  { method: 'GET', path: '/v1/bookings' },
  { method: 'POST', path: '/v1/bookings' },
  { method: 'GET', path: '/v1/bookings' },
  { method: 'GET', path: '/v1/bookings/:id' },
  { method: 'DELETE', path: '/v1/bookings/mine' },
  { method: 'POST', path: '/v1/bookings/:id/accept' },
]

it.each([
  ['/v1/bookings', ['GET', 'HEAD', 'OPTIONS', 'POST']],
  ['/v1/bookings/b-1', ['GET', 'HEAD', 'OPTIONS']],
  ['/v1/bookings/mine', ['DELETE', 'GET', 'HEAD', 'OPTIONS']],
  ['/v1/bookings/b-1/accept', ['OPTIONS', 'POST']],
  ['/v1/bookings/', []],
  ['/v1/bookings//accept', []],
  ['/v1', []],
  ['/', []],
])('%s supports %j', (path, methods) => {
  expect(allowedMethods(routes, path)).toStrictEqual(methods)
})

it.each([
  ['/produce/:topic/:message{[^]+}', '/produce/red/a', true],
  ['/produce/:topic/:message{[^]+}', '/produce/red/a/b/', true],
  ['/produce/:topic/:message{[^]+}', '/produce/red', false],
  ['/produce/:topic/:message{[^]+}', '/produce/red/', false],
  ['/openapi.json', '/openapi.json', true],
  ['/openapi.json', '/openapi-json', false],
])('the pattern %s and the path %s fit: %s', (pattern, path, fits) => {
  expect(isAt(pattern, path)).toBe(fits)
})
