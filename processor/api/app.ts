import { Hono } from 'hono'
import { PrincipalClaims } from '#domain/actor.ts'
import { limitBody } from '#platform/body-limit.ts'
import { rejectEncodedBody } from '#platform/content-encoding.ts'
import { fresh } from '#platform/fresh.ts'
import { healthResponse } from '#platform/health.ts'
import { nameRequest, reportFailures } from '#platform/requests.ts'
import { TokenCheck } from '#platform/token-check.ts'
import { INVALID_TOKENS } from '../limits.ts'
import { readLogState } from '../upkeep/log-state.ts'
import { gaugeLogState } from '../upkeep/monitor/log-state-gauges.ts'
import { createMonitor, monitorRoutes } from '../upkeep/monitor/monitor.ts'
import { watchedLog, watchedStore } from '../upkeep/monitor/watched-ports.ts'
import { createBounds } from './bounds.ts'
import { consistency } from './consistency.ts'
import type { ApiDeps, ApiEnv } from './deps.ts'
import { viewFinder } from './find-view.ts'
import { idempotency } from './idempotency.ts'
import { assertQueriesChecked, noQuery } from './query-parameters.ts'
import { readiness } from './readiness.ts'
import { respondError, respondUnserved } from './responses.ts'
import { analyticsRoutes } from './routes/analytics.ts'
import { bookingRoutes } from './routes/bookings.ts'
import { calendarFeedRoutes, feedAddressRoutes } from './routes/calendars.ts'
import { commandRoutes } from './routes/commands.ts'
import { devPaymentRoutes } from './routes/dev-payments.ts'
import { listingNameRoutes, listingRoutes } from './routes/listings.ts'
import { notificationRoutes } from './routes/notifications.ts'
import { rootRoutes } from './routes/root.ts'
import { streamRoutes } from './routes/streams.ts'

/** The edge asks for the receipts of commands that may not exist yet. */
const isPending = (path: string, status: number): boolean => status === 404 && path.startsWith('/v1/commands/')

/** How old an answer of `/readyz` may be: many callers must not become many questions to log and store. */
const READY_MS = 1_000

/** Reads, and writes of personal state. Inside the cluster; the edge forwards to it. */
export function createApi({ monitor = createMonitor(), ...given }: ApiDeps): Hono<ApiEnv> {
  const deps = { ...given, log: watchedLog(given.log, monitor.progress), store: watchedStore(given.store, monitor) }
  gaugeLogState(monitor.metrics.registry, () => readLogState(deps.log, deps.topics))
  const bounds = createBounds(monitor.metrics.registry)
  const check = new TokenCheck(deps.tokens, PrincipalClaims, INVALID_TOKENS.perSecond)
  const findView = viewFinder(deps, bounds)
  const ready = fresh(READY_MS, () => readiness(deps))
  const app = new Hono<ApiEnv>()
  app.onError(respondError)
  app.notFound(respondUnserved(app))
  app.use(nameRequest())
  app.use(reportFailures(deps.logger, { isExpected: isPending }))
  app.route('/', rootRoutes())
  app.route('/', monitorRoutes(monitor))
  app.get('/readyz', noQuery, async () => {
    const { faults, warnings } = await ready()
    return healthResponse('processor', faults, warnings)
  })

  app.route('/', calendarFeedRoutes(deps, bounds))
  app.use('/v1/*', async (c, next) => {
    const address = c.env?.incoming?.socket.remoteAddress ?? ''
    c.set('principal', await check.principalOf(c.req.header('authorization'), address))
    await next()
  })
  app.use('/v1/*', bounds.limitUnderWay)
  app.use('/v1/*', consistency(deps, bounds))
  app.use('/v1/*', rejectEncodedBody())
  app.use('/v1/*', limitBody())
  app.use('/v1/*', idempotency(deps))
  app.route('/', streamRoutes(deps))
  app.route('/v1/bookings', bookingRoutes(deps, findView))
  app.route('/v1/listings', listingRoutes(deps, findView))
  app.route('/v1/listings', feedAddressRoutes(deps, findView))
  app.route('/v1/listing-names', listingNameRoutes(deps))
  app.route('/v1/notifications', notificationRoutes(deps))
  app.route('/v1/analytics', analyticsRoutes(deps))
  app.route('/v1/dev/payments', devPaymentRoutes(deps, findView))
  app.route('/v1/commands', commandRoutes(deps, bounds, findView))
  assertQueriesChecked(app)
  return app
}
