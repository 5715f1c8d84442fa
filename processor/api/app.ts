import { Hono } from 'hono'
import { PrincipalClaims } from '#domain/actor.ts'
import { bodyLimit } from 'hono/body-limit'
import { within } from '#platform/deadline.ts'
import { healthResponse } from '#platform/health.ts'
import { allowedMethods } from '#platform/methods.ts'
import { problem, ProblemError, PROBLEMS } from '#platform/problems.ts'
import { authenticate } from '#platform/tokens.ts'
import { StoreError } from '#store/store.ts'
import { watchedLog, watchedStore } from '../upkeep/monitor/watched-ports.ts'
import { createMonitor, monitorRoutes } from '../upkeep/monitor/monitor.ts'
import { analyticsRoutes } from './routes/analytics.ts'
import { consistency } from './consistency.ts'
import type { ApiDeps, ApiEnv } from './deps.ts'
import { idempotency } from './idempotency.ts'
import { bookingRoutes } from './routes/bookings.ts'
import { commandRoutes } from './routes/commands.ts'
import { listingNameRoutes, listingRoutes } from './routes/listings.ts'
import { notificationRoutes } from './routes/notifications.ts'
import { streamRoutes } from './routes/streams.ts'

/** Reads, and the little that people write about themselves. Inside the cluster; the edge forwards to it. */
export function createApi({ monitor = createMonitor(), ...given }: ApiDeps): Hono<ApiEnv> {
  const deps = { ...given, log: watchedLog(given.log, monitor.progress), store: watchedStore(given.store, monitor) }
  const app = new Hono<ApiEnv>()
  app.route('/', monitorRoutes(monitor))
  app.get('/readyz', async () => healthResponse('processor', await faultsOf(deps)))
  app.use('/v1/*', async (c, next) => {
    c.set('principal', await authenticate(c.req.header('authorization'), deps.tokens, PrincipalClaims))
    await next()
  })
  app.use('/v1/*', consistency(deps))
  app.use('/v1/*', bodyLimit({ maxSize: MAX_BODY_BYTES, onError: rejectBody }))
  app.use('/v1/*', idempotency(deps))
  app.route('/', streamRoutes(deps))
  app.route('/v1/bookings', bookingRoutes(deps))
  app.route('/v1/listings', listingRoutes(deps))
  app.route('/v1/listing-names', listingNameRoutes(deps))
  app.route('/v1/notifications', notificationRoutes(deps))
  app.route('/v1/analytics', analyticsRoutes(deps))
  app.route('/v1/commands', commandRoutes(deps))
  app.notFound((c) => {
    const allowed = allowedMethods(app.routes, c.req.path).join(', ')
    if (allowed === '') return answer(problem(PROBLEMS.not_found))
    if (c.req.method === 'OPTIONS') return c.body(null, 204, { allow: allowed })
    return answer(problem(PROBLEMS.method_not_allowed, { detail: `${c.req.path} takes ${allowed}.` }), {
      allow: allowed,
    })
  })
  app.onError((error, c) => {
    if (error instanceof ProblemError) return answer({ ...error.document, instance: c.req.path })
    if (error instanceof StoreError && error.code !== 'invalid') return answer(problem(PROBLEMS.query_unavailable))
    deps.report({ path: c.req.path, error })
    return answer(problem(PROBLEMS.internal_error, { instance: c.req.path }))
  })
  return app
}

/** As at the edge. */
const MAX_BODY_BYTES = 16 * 1024

function rejectBody(): never {
  throw new ProblemError(PROBLEMS.body_too_large, { detail: `The body may have at most ${MAX_BODY_BYTES} bytes.` })
}

/** Indented, and with an end of line: it is people who read problems. */
const answer = (document: ReturnType<typeof problem>, headers: Record<string, string> = {}): Response =>
  new Response(`${JSON.stringify(document, null, 2)}\n`, {
    status: document.status,
    headers: { 'content-type': 'application/problem+json', ...headers },
  })

const READY_WITHIN_MS = 2_000

/** What keeps it from answering: it asks the log and the store, each time; who does not answer in time is not there. */
async function faultsOf({ log, store }: ApiDeps): Promise<string[]> {
  const asks = [faultOf('the log', log.topics()), faultOf('the store', store.get('checkpoints', 'readiness'))]
  return (await Promise.all(asks)).flat()
}

async function faultOf(what: string, asked: Promise<unknown>): Promise<string[]> {
  try {
    await within(READY_WITHIN_MS, asked, () => new Error('no answer in time'))
    return []
  } catch (error) {
    return [`${what}: ${error instanceof Error ? error.message : String(error)}`]
  }
}
