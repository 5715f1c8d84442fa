import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { secureHeaders } from 'hono/secure-headers'
import { ProblemError, PROBLEMS } from '#platform/problems.ts'
import { assertGuarded, guard } from './guard/access.ts'
import { answerError } from './guard/answer.ts'
import type { EdgeDeps, EdgeEnv } from './deps.ts'
import { refuseUnserved, tellMethods } from './guard/methods.ts'
import { airbnbRoutes } from './routes/airbnb.ts'
import { analyticsRoutes } from './routes/analytics.ts'
import { bookingRoutes } from './routes/bookings.ts'
import { eventRoutes } from './routes/events.ts'
import { healthRoutes } from './routes/health.ts'
import { lab2Routes } from './routes/lab2.ts'
import { listingRoutes } from './routes/listings.ts'
import { metaRoutes } from './routes/meta.ts'
import { notificationRoutes } from './routes/notifications.ts'
import { propertyRoutes } from './routes/properties.ts'
import { limitRate, allowOrigins } from './guard/shield.ts'
import { nameRequest, trace } from './guard/trace.ts'

const MAX_BODY_BYTES = 16 * 1024

/** HTTP in, commands out. It parses and asks around; what comes of a command is decided elsewhere. */
export function createEdge(deps: EdgeDeps): Hono<EdgeEnv> {
  const app = new Hono<EdgeEnv>()
  app.onError(answerError(deps.report))
  app.notFound(refuseUnserved(app))
  app.use(nameRequest())
  app.use(trace())
  app.use(secureHeaders())
  app.use(tellMethods(app))
  app.use(allowOrigins(deps.origins ?? []))
  app.route('/', healthRoutes(deps))
  app.route('/', metaRoutes())
  guard(app, deps.tokens)
  if (deps.requestsPerMinute) app.use(limitRate(deps.requestsPerMinute))
  app.use(bodyLimit({ maxSize: MAX_BODY_BYTES, onError: tooLarge }))

  app.route('/v1/bookings', bookingRoutes(deps))
  app.route('/v1/listings', listingRoutes(deps))
  app.route('/v1/notifications', notificationRoutes(deps))
  app.route('/v1/analytics', analyticsRoutes(deps))
  app.route('/v1/events', eventRoutes(deps))
  app.route('/api', lab2Routes(deps))
  app.route('/api', airbnbRoutes(deps))
  app.route('/api/properties', propertyRoutes(deps))
  assertGuarded(app)
  return app
}

function tooLarge(): never {
  throw new ProblemError(PROBLEMS.body_too_large, { detail: `At most ${MAX_BODY_BYTES} bytes.` })
}
