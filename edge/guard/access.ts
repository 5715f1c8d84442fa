import type { Hono, MiddlewareHandler } from 'hono'
import { PrincipalClaims, Role } from '#domain/actor.ts'
import { ProblemError, PROBLEMS } from '#platform/problems.ts'
import { authenticate, type TokenSource } from '#platform/tokens.ts'
import type { EdgeEnv } from '../deps.ts'

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
type Line = readonly [method: Method, path: `/${string}`]
/** What a path names by its `:id`, if that is not for everybody. */
type Owned = 'booking' | 'listing' | 'notification'
type Rule = readonly [...Line, roles: readonly Role[], owned?: Owned]

const everyone = Role.options
const travelers: Role[] = ['traveler']
const managers: Role[] = ['owner', 'admin']
const admins: Role[] = ['admin']

/**
 * Who may call what: every route has its line, and a route without one keeps the edge from starting. What is owned
 * is for its people, and for admins unless it is a notification. Whose it is, is asked further in, by the query API and by the
 * decider; someone else's looks as if it did not exist.
 */
export const ACCESS = [
  ['POST', '/v1/bookings', travelers],
  ['GET', '/v1/bookings', everyone],
  ['GET', '/v1/bookings/:id', everyone, 'booking'],
  ['GET', '/v1/bookings/:id/events', everyone, 'booking'],
  ['POST', '/v1/bookings/:id/accept', managers, 'booking'],
  ['POST', '/v1/bookings/:id/reject', managers, 'booking'],
  ['POST', '/v1/bookings/:id/cancel', everyone, 'booking'],

  ['GET', '/v1/listings', everyone],
  ['GET', '/v1/listings/:id', everyone],
  ['GET', '/v1/listings/:id/availability', everyone],
  ['POST', '/v1/listings', managers],
  ['PATCH', '/v1/listings/:id', managers, 'listing'],
  ['DELETE', '/v1/listings/:id', managers, 'listing'],

  ['GET', '/v1/notifications', everyone],
  ['POST', '/v1/notifications/read-all', everyone],
  ['POST', '/v1/notifications/:id/read', everyone, 'notification'],

  ['GET', '/v1/notifications/stream', everyone],
  ['GET', '/v1/events/stream', admins],

  ['GET', '/v1/analytics/summary', managers],
  ['GET', '/v1/analytics/timeseries', managers],

  ['POST', '/api/bookings', travelers],
  ['POST', '/api/bookings/:id/accept', managers, 'booking'],
  ['GET', '/api/notifications', everyone],
  ['POST', '/api/notifications/:id/read', everyone, 'notification'],
  ['PUT', '/api/notifications/:id/read', everyone, 'notification'],

  ['POST', '/api/travelers/bookings', travelers],
  ['GET', '/api/travelers/bookings', travelers],
  ['GET', '/api/owners/bookings', managers],
  ['PUT', '/api/owners/bookings/:id/approve', managers, 'booking'],
  ['PUT', '/api/owners/bookings/:id/reject', managers, 'booking'],
  ['PUT', '/api/owners/bookings/:id/cancel', managers, 'booking'],

  ['GET', '/api/properties', everyone],
  ['GET', '/api/properties/:id', everyone],
  ['POST', '/api/properties', managers],
  ['PUT', '/api/properties/:id', managers, 'listing'],
  ['DELETE', '/api/properties/:id', managers, 'listing'],
] as const satisfies readonly Rule[]

/** What load balancers, and people who read about it, may ask without a token. */
export const PUBLIC = [
  ['GET', '/healthz'],
  ['GET', '/readyz'],
  ['GET', '/'],
  ['GET', '/openapi.json'],
  ['GET', '/docs'],
  ['GET', '/problems'],
  ['GET', '/problems/:code'],
] as const satisfies readonly Line[]

type KeyOf<L> = L extends readonly [infer M extends Method, infer P extends string, ...unknown[]] ? `${M} ${P}` : never

/** `POST /v1/bookings`, and so on: each line of the tables, known to the compiler. */
export type RouteKey = KeyOf<(typeof ACCESS)[number] | (typeof PUBLIC)[number]>

const keyOf = (method: string, path: string): string => `${method} ${path}`

/** Null: no token is asked for. */
export const ROLES = Object.fromEntries<readonly Role[] | null>([
  ...PUBLIC.map(([method, path]) => [keyOf(method, path), null] as const),
  ...ACCESS.map(([method, path, roles]) => [keyOf(method, path), roles] as const),
]) as Readonly<Record<RouteKey, readonly Role[] | null>>

const guards = new WeakSet<object>()

/** Asks each request for its token, and whether the token's role may do this. To be called before the routes are added. */
export function guard(app: Hono<EdgeEnv>, tokens: TokenSource): void {
  for (const [method, path, roles] of ACCESS as readonly Rule[]) {
    const allow: MiddlewareHandler<EdgeEnv> = async (c, next) => {
      const principal = await authenticate(c.req.header('Authorization'), tokens, PrincipalClaims)
      if (!roles.includes(principal.role))
        throw new ProblemError(PROBLEMS.forbidden, { detail: `Only for: ${roles.join(', ')}.` })
      c.set('principal', principal)
      await next()
    }
    guards.add(allow)
    app.on(method, path, allow)
  }
}

/**
 * Throws if tables and routes are not the same: a route without a line, or added before its guard, would be open to anybody,
 * and a line without a route is a promise that nobody keeps. To be called after the routes are added.
 */
export function assertGuarded({ routes }: Hono<EdgeEnv>): void {
  const guarded = new Set(PUBLIC.map(([method, path]) => keyOf(method, path)))
  const served = new Set<string>()
  const open = new Set<string>()
  for (const { method, path, handler } of routes.filter((route) => !isMiddleware(route))) {
    const key = keyOf(method, path)
    if (guards.has(handler)) guarded.add(key)
    else if (guarded.has(key)) served.add(key)
    else open.add(key)
  }
  const faults = [
    ...complaint('has no line for', [...open].filter(isUnknown)),
    ...complaint('comes too late to guard', [...open].filter(isKnown)),
    ...complaint(
      'has lines that no route serves:',
      Object.keys(ROLES).filter((key) => !served.has(key) && !open.has(key)),
    ),
  ]
  if (faults.length > 0) throw new Error(faults.join('\n'))
}

const isMiddleware = ({ method, path }: { method: string; path: string }): boolean =>
  method === 'ALL' && path.endsWith('*')

const isKnown = (key: string): boolean => Object.hasOwn(ROLES, key)
const isUnknown = (key: string): boolean => !isKnown(key)

const complaint = (fault: string, keys: readonly string[]): string[] =>
  keys.length > 0 ? [`edge/guard/access.ts ${fault} ${keys.join(', ')}`] : []
