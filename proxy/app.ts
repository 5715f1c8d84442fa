import { Hono, type MiddlewareHandler } from 'hono'
import { cors } from 'hono/cors'
import type { Log } from '#log/log.ts'
import type { Credentials } from './accounts/account.ts'
import { requireCredentials } from './accounts/auth.ts'
import { Bodies } from './http/body.ts'
import type { ProxyConfig } from './config.ts'
import type { Deps } from './http/dependencies.ts'
import type { ProxyEnv } from './http/env.ts'
import { Overdue } from './upkeep/stalled-calls.ts'
import { Instances } from './consumers/instances.ts'
import { lagsOf } from './consumers/lags.ts'
import { LIMITS, type Limits } from './limits.ts'
import { sparing, type Tell } from './upkeep/log-line.ts'
import { Metrics } from './upkeep/metrics.ts'
import { observe } from './upkeep/observe.ts'
import { LOG_LIMIT_MS, patientLog } from './upkeep/patient-log.ts'
import { Pending } from './produce/pending-bytes.ts'
import { answerProblem, busy, Problem } from './http/errors.ts'
import { Produce } from './produce/producer.ts'
import { consumeRoutes } from './routes/consume.ts'
import { docsRoutes } from './routes/docs.ts'
import { fetchRoutes } from './routes/fetch.ts'
import { healthRoutes } from './routes/health.ts'
import { offsetRoutes } from './routes/offsets.ts'
import { produceRoutes } from './routes/produce.ts'
import { streamRoutes } from './routes/stream.ts'
import { webhookRoutes } from './routes/webhook.ts'
import { Topics } from './topics.ts'
import type { User } from './accounts/users.ts'
import { Waits } from './consumers/held-requests.ts'

export interface ProxyOptions {
  log: Log
  /** May everything. */
  credentials: Credentials
  /** May what they are granted. */
  users?: readonly User[]
  limits?: Partial<Limits>
  /** Who reads the lines; nobody, if absent. */
  tell?: Tell
  logRequests?: ProxyConfig['logRequests']
  /** Why it should get no requests yet. */
  notReady?: () => string | undefined
  /** The clock for messages without a timestamp. */
  now?: () => number
}

export interface Proxy {
  app: Hono<ProxyEnv>
  metrics: Metrics
  /** From here on requests are refused, and those that wait for messages are answered. */
  drain: () => void
  /** Calls after that make new ones. */
  endInstances: () => Promise<void>
  /** Ends every instance. To be called before the log, which belongs to the caller, is closed: instances hold batches. */
  close: () => Promise<void>
}

const LINES_PER_SECOND = 50
const ALLOW = { Allow: 'GET, POST' }

/** Kafka over HTTP in the Upstash REST format. It translates and adds nothing: every promise is the log's. */
export function createProxy(options: ProxyOptions): Proxy {
  const { log, credentials, users, tell = () => undefined, logRequests = 'failed', now = Date.now } = options
  const limits = { ...LIMITS, ...options.limits }
  const overdue = new Overdue()
  const patient = patientLog(log, LOG_LIMIT_MS, overdue)
  const topics = new Topics(patient)
  const instances = new Instances(patient, limits)
  const pending = new Pending(limits.pendingBytes)
  const waits = new Waits(limits.waiting)
  const metrics = new Metrics({
    pendingBytes: () => pending.bytes,
    waiting: () => waits.size,
    instances: () => instances.size,
    lags: () => lagsOf(patient, instances),
  })
  const bodies = new Bodies(limits.bodyBytes, pending)
  const produce = new Produce(patient, topics)
  const deps: Deps = { log: patient, topics, bodies, produce, instances, waits, metrics, now }
  let draining = false

  const app = new Hono<ProxyEnv>({ strict: false })
  app.onError(answerProblem)
  app.notFound((c) => answerProblem(new Problem(404, `there is no ${c.req.method} ${c.req.path}`), c))
  app.use(observe({ metrics, pending, tell: sparing(tell, LINES_PER_SECOND), logRequests }))
  app.use(forBrowsers())
  const notReady = (): string | undefined => (draining ? 'the proxy is ending' : options.notReady?.())
  app.route('/', healthRoutes({ topics, metrics, overdue, notReady }))
  app.route('/', docsRoutes())
  app.use((c, next) => {
    // Hono would run it as a GET, with all that a GET does here.
    if (c.req.method === 'HEAD') throw new Problem(405, 'there is no HEAD: it would do what GET does', ALLOW)
    if (!draining) return next()
    c.header('Connection', 'close')
    throw busy('the proxy is ending')
  })
  app.use(requireCredentials(credentials, users))
  for (const routes of [produceRoutes, webhookRoutes, consumeRoutes, streamRoutes, fetchRoutes, offsetRoutes]) {
    app.route('/', routes(deps))
  }

  const drain = (): void => {
    draining = true
    waits.end()
  }
  const endInstances = (): Promise<void> => instances.close()
  const close = (): Promise<void> => {
    drain()
    return endInstances()
  }
  return { app, metrics, drain, endInstances, close }
}

/** Browsers call it too; their preflight bears no credentials. Nobody else pays for it. */
function forBrowsers(): MiddlewareHandler<ProxyEnv> {
  const exposeHeaders = ['Retry-After']
  const allow = cors({ origin: '*', allowMethods: ['GET', 'POST', 'DELETE'], exposeHeaders, maxAge: 86_400 })
  return (c, next) => (c.req.method === 'OPTIONS' || c.req.header('Origin') !== undefined ? allow(c, next) : next())
}
