import type { Hono } from 'hono'
import { Role } from '#domain/actor.ts'
import { ProblemError } from '#domain/problems.ts'
import type { EdgeEnv } from './app.ts'
import { authenticate, type TokenSource } from './authenticate.ts'

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
type Rule = readonly [method: Method, path: string, roles: readonly Role[]]

const everyone = Role.options
const managers: Role[] = ['owner', 'admin']

/**
 * Who may call what: every route has its line, and a route without one keeps the edge from starting. Whose booking or listing
 * it is, is asked further in, by the query API and by the decider; someone else's looks as if it did not exist.
 */
export const ACCESS: readonly Rule[] = [
  ['POST', '/v1/bookings', ['traveler']],
  ['GET', '/v1/bookings', everyone],
  ['GET', '/v1/bookings/:id', everyone],
  ['GET', '/v1/bookings/:id/events', everyone],
  ['POST', '/v1/bookings/:id/accept', managers],
  ['POST', '/v1/bookings/:id/reject', managers],
  ['POST', '/v1/bookings/:id/cancel', everyone],

  ['GET', '/v1/listings', everyone],
  ['GET', '/v1/listings/:id', everyone],
  ['GET', '/v1/listings/:id/availability', everyone],
  ['POST', '/v1/listings', managers],
  ['PATCH', '/v1/listings/:id', managers],
  ['DELETE', '/v1/listings/:id', managers],

  ['GET', '/v1/notifications', everyone],
  ['POST', '/v1/notifications/read-all', everyone],
  ['POST', '/v1/notifications/:id/read', everyone],

  ['GET', '/v1/notifications/stream', everyone],
  ['GET', '/v1/events/stream', ['admin']],

  ['GET', '/v1/analytics/summary', managers],
  ['GET', '/v1/analytics/timeseries', managers],

  ['POST', '/api/bookings', ['traveler']],
  ['POST', '/api/bookings/:id/accept', managers],
  ['GET', '/api/notifications', everyone],
  ['POST', '/api/notifications/:id/read', everyone],
  ['PUT', '/api/notifications/:id/read', everyone],
]

/** What load balancers and people without a token may ask. */
const OPEN = new Set(['/healthz', '/readyz'])

/** Asks each request for its token, and whether the token's role may do this. To be called before the routes are added. */
export function guard(app: Hono<EdgeEnv>, tokens: TokenSource): void {
  for (const [method, path, roles] of ACCESS) {
    app.on(method, path, async function allow(c, next) {
      const principal = await authenticate(c.req.header('Authorization'), tokens)
      if (!roles.includes(principal.role))
        throw new ProblemError('forbidden', { detail: `Only for: ${roles.join(', ')}.` })
      c.set('principal', principal)
      await next()
    })
  }
}

/** Throws if there is a route that the table does not know. To be called after the routes are added. */
export function assertGuarded({ routes }: Hono<EdgeEnv>): void {
  const known = new Set(ACCESS.map(([method, path]) => `${method} ${path}`))
  const stray = routes
    .filter(({ method, path }) => method !== 'ALL' && !OPEN.has(path))
    .map(({ method, path }) => `${method} ${path}`)
    .filter((route) => !known.has(route))
  if (stray.length > 0) throw new Error(`edge/access.ts has no line for ${[...new Set(stray)].join(', ')}`)
}
