import { type Handler, Hono, type MiddlewareHandler } from 'hono'
import { secureHeaders } from 'hono/secure-headers'
import { PrincipalClaims } from '#domain/actor.ts'
import { limitBody } from '#platform/body-limit.ts'
import { nameRequest, reportFailures } from '#platform/requests.ts'
import { rejectEncodedBody } from '#platform/content-encoding.ts'
import { TokenCheck } from '#platform/token-check.ts'
import type { EdgeDeps, EdgeEnv } from './deps.ts'
import { assertComplete, type Authenticate, authorize } from './guard/access.ts'
import { allowOrigins } from './guard/cors.ts'
import { handleError } from './guard/errors.ts'
import { handleOptions, handleUnserved } from './guard/methods.ts'
import { type Bounds, createBounds } from './guard/bounds.ts'
import { limitRate } from './guard/rate-limit.ts'
import { requireSignature } from './guard/signature.ts'
import { trace } from './guard/trace.ts'
import { validateBody, validateQuery } from './guard/validate.ts'
import { isHealth, isSigned, isStream, type Route } from './routes/route.ts'
import { LIMITS } from './limits.ts'
import { ROUTES } from './routes/routes.ts'

/** The edge as an app: HTTP in, commands out. Every route is built from its definition in `edge/routes/`. */
export function createEdge(deps: EdgeDeps): Hono<EdgeEnv> {
  const app = new Hono<EdgeEnv>()
  app.onError(handleError)
  app.notFound(handleUnserved(app))
  app.use(nameRequest())
  app.use(trace())
  app.use(reportFailures(deps.log))
  app.use(secureHeaders())
  app.use(handleOptions(app))
  app.use(allowOrigins(deps.origins ?? []))
  const limits = limitsOf(deps)
  for (const route of ROUTES) serve(app, route, deps, limits)
  assertComplete(app, ROUTES)
  return app
}

interface Limits extends Bounds {
  authenticate: Authenticate
  /** Of every route with a token, in order. */
  principal: readonly MiddlewareHandler<EdgeEnv>[]
  /** Of every route with a signed body, in order. */
  signed: readonly MiddlewareHandler<EdgeEnv>[]
}

function limitsOf(deps: EdgeDeps): Limits {
  const { addressOf = () => 'unknown', requestsPerMinute, tokens } = deps
  const bounds = createBounds(addressOf)
  const rate = requestsPerMinute ? [limitRate(requestsPerMinute)] : []
  const check = new TokenCheck(tokens, PrincipalClaims, LIMITS.invalidTokensPerSecond)
  const authenticate: Authenticate = (c) => check.principalOf(c.req.header('Authorization'), addressOf(c))
  return {
    ...bounds,
    authenticate,
    principal: [...rate, bounds.limitUnderWay, rejectEncodedBody(), limitBody()],
    signed: [bounds.limitWebhooks, rejectEncodedBody(), limitBody(LIMITS.webhookBytes), requireSignature(deps)],
  }
}

/** In this order: token and role, limits, signature, query, body, handler. */
function serve(app: Hono<EdgeEnv>, route: Route, deps: EdgeDeps, limits: Limits): void {
  const { method, path, access, body, handle } = route
  const openRoute = isHealth(route) ? [] : [limits.admitPublic]
  const handlers: Handler<EdgeEnv>[] = [
    ...(access === 'public' ? openRoute : [authorize(access.roles, limits.authenticate), ...limits.principal]),
    ...(isSigned(route) ? limits.signed : []),
    ...(isStream(route) ? [limits.limitStreams] : []),
    validateQuery(route),
    ...(body ? [validateBody(body)] : []),
    (c) => handle(c, deps, body && c.req.valid('json' as never)),
  ]
  app.on(method, [path], ...handlers)
}
