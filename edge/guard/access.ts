import type { Context, Hono, MiddlewareHandler } from 'hono'
import type { Principal, Role } from '#domain/actor.ts'
import { ProblemError, PROBLEMS } from '#platform/problems.ts'
import type { EdgeEnv } from '../deps.ts'
import { isSigned, type ResponseDoc, type Route } from '../routes/route.ts'

const guards = new WeakSet<object>()

/** Registers what lets a request through, so that a route without it is found. */
export function guard(check: MiddlewareHandler<EdgeEnv>): MiddlewareHandler<EdgeEnv> {
  guards.add(check)
  return check
}

/** The principal of the request's token. @throws ProblemError `unauthenticated` */
export type Authenticate = (c: Context<EdgeEnv>) => Promise<Principal>

/** Requires a valid token whose role is one of these. */
export function authorize(roles: readonly Role[], authenticate: Authenticate): MiddlewareHandler<EdgeEnv> {
  return guard(async (c, next) => {
    const principal = await authenticate(c)
    if (!roles.includes(principal.role)) {
      throw new ProblemError(PROBLEMS.forbidden, { detail: `Allowed roles: ${roles.join(', ')}.` })
    }
    c.set('principal', principal)
    await next()
  })
}

/**
 * Throws one error that names every gap: a served route without a definition or without its guard, a definition that is not
 * served, and a definition that lacks its access, schema or documentation.
 */
export function assertComplete({ routes: served }: Hono<EdgeEnv>, definitions: readonly Route[]): void {
  const faults = [
    ...undefinedIn(served, definitions),
    ...definitions.flatMap((route) => gapsIn(route, served).map((gap) => `${keyOf(route)} ${gap}`)),
    ...repeated(definitions.map(keyOf), 'is defined twice'),
    ...repeated(
      definitions.map(({ operationId }) => operationId),
      'is the operationId of two routes',
    ),
    ...repeated(
      definitions.map(({ summary }) => summary),
      'is the summary of two routes',
    ),
  ]
  if (faults.length > 0) throw new Error(`The routes of the edge are incomplete:\n${faults.join('\n')}`)
}

type ServedRoutes = Hono<EdgeEnv>['routes']

const keyOf = ({ method, path }: { method: string; path: string }): string => `${method} ${path}`

function undefinedIn(served: ServedRoutes, definitions: readonly Route[]): string[] {
  const known = new Set(definitions.map(keyOf))
  const unknown = served.filter((route) => !isMiddleware(route) && !known.has(keyOf(route)))
  return [...new Set(unknown.map(keyOf))].map((key) => `${key} has no definition`)
}

const isMiddleware = ({ method, path }: { method: string; path: string }): boolean =>
  method === 'ALL' && path.endsWith('*')

/** Definitions come from TypeScript, which has checked most of this; the guard does not rely on it. */
function gapsIn(route: Partial<Route> & Pick<Route, 'method' | 'path' | 'flow'>, served: ServedRoutes): string[] {
  const { access, summary, operationId, responses = {}, body, parameters = [], path } = route
  const handlers = served.filter((one) => keyOf(one) === keyOf(route)).map(({ handler }) => handler)
  const isOpen = handlers.length > 0 && !isGuarded(route, handlers)
  const needsId = path.includes('/:') && parameters.length === 0
  const gaps: readonly (readonly [isMissing: boolean, gap: string])[] = [
    [handlers.length === 0, 'is not served'],
    [isOpen, 'is served without its guard'],
    [!access || (access !== 'public' && access.roles.length === 0), 'has no access'],
    [!operationId, 'has no operationId'],
    [!summary, 'has no summary'],
    [Object.keys(responses).length === 0, 'has no responses'],
    [
      Object.values(responses).some((response) => !isDescribed(response)),
      'has a response without a description, schema or example',
    ],
    [needsId, 'does not describe the parameter in its path'],
    [
      body !== undefined && (!body.schema || Object.keys(body.examples ?? {}).length === 0),
      'has a body without a schema or example',
    ],
  ]
  return gaps.flatMap(([isMissing, gap]) => (isMissing ? [gap] : []))
}

/** The guard of a token comes first; limits come before that of a signature, because it reads the body. */
function isGuarded(route: Partial<Route> & Pick<Route, 'flow'>, handlers: readonly object[]): boolean {
  if (isSigned(route)) return handlers.some((handler) => guards.has(handler))
  return route.access === 'public' || guards.has(handlers[0]!)
}

/** A response with a body names its schema and an example, or its media type; one with headers only names those. */
const isDescribed = ({ description, schema, example }: ResponseDoc): boolean =>
  Boolean(description) && (schema === undefined) === (example === undefined)

function repeated(names: readonly string[], fault: string): string[] {
  return [...new Set(names.filter((name, i) => name !== undefined && names.indexOf(name) < i))].map(
    (name) => `${name} ${fault}`,
  )
}
