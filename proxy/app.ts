import { type Context, Hono } from 'hono'
import type { Log } from '#log/log.ts'
import { queryFaults } from '#platform/query.ts'
import { DEV_DEFAULTS } from '#platform/defaults.mjs'
import { fresh } from '#platform/fresh.ts'
import { Rate } from '#platform/rate.ts'
import { limitLines, type Logger, SILENT } from '#platform/log-line.ts'
import type { Credentials } from './accounts/account.ts'
import { allowOrigins, refuseOtherOrigins } from './accounts/origins.ts'
import { QUERY_CREDENTIALS, requireCredentials } from './accounts/auth.ts'
import type { User } from './accounts/users.ts'
import type { ProxyConfig } from './config.ts'
import { HeldRequests } from './consumers/held-requests.ts'
import { Instances } from './consumers/instances.ts'
import { lagsOf } from './consumers/lags.ts'
import { Reads } from './consumers/reads.ts'
import { BodyReader } from './http/body.ts'
import type { Dependencies } from './http/dependencies.ts'
import type { ProxyEnv } from './http/env.ts'
import { badRequest, errorResponse, HttpError, overLimit, unavailable } from './http/errors.ts'
import { RequestMemory } from './http/request-memory.ts'
import { LIMITS, type Limits } from './limits.ts'
import { Producer } from './produce/producer.ts'
import { checkDocumented, openApiOf } from './reference/openapi.ts'
import { allowedMethods, methodsOf, queryOf, type Route } from './routes/route.ts'
import { routesOf } from './routes/routes.ts'
import { TopicAvailability } from './topics.ts'
import { Metrics } from './upkeep/metrics.ts'
import { observe } from './upkeep/observe.ts'
import { LOG_LIMIT_MS, logWithDeadline } from './upkeep/log-deadline.ts'
import { StalledCalls } from './upkeep/stalled-calls.ts'

export interface ProxyOptions {
  log: Log
  /** Credentials of the full-access account. */
  credentials: Credentials
  /** Accounts with limited access. */
  users?: readonly User[]
  /** Origins of web pages that may use the proxy. Default: none. */
  origins?: readonly string[]
  limits?: Partial<Limits>
  /** Receives the log lines. Default: none. */
  logger?: Logger
  logRequests?: ProxyConfig['logRequests']
  /** Why the proxy should get no requests yet; `undefined` if it should. */
  notReady?: () => string | undefined
  /** Clock for messages without a timestamp. */
  now?: () => number
}

export interface Proxy {
  app: Hono<ProxyEnv>
  metrics: Metrics
  /** Rejects new requests and ends long polls and streams. */
  drain: () => void
  /** Drains and closes all instances. Must be called before the log is closed, which belongs to the caller. */
  close: () => Promise<void>
}

const LINES_PER_SECOND = 50

/** Kafka over HTTP in the Upstash REST format. It only translates: every promise is the log's. */
export function createProxy(options: ProxyOptions): Proxy {
  let draining = false
  const notReady = (): string | undefined => (draining ? 'the proxy is shutting down' : options.notReady?.())
  const dependencies = dependenciesOf({ ...options, notReady })
  const { metrics, instances, heldRequests } = dependencies

  const drain = (): void => {
    draining = true
    heldRequests.end()
  }
  const close = (): Promise<void> => {
    drain()
    return instances.close()
  }
  const app = appOf(options, { ...dependencies, isDraining: () => draining })
  return { app, metrics, drain, close }
}

function dependenciesOf(options: ProxyOptions): Dependencies {
  const limits = { ...LIMITS, ...options.limits }
  const stalledCalls = new StalledCalls()
  const log = logWithDeadline(options.log, LOG_LIMIT_MS, stalledCalls)
  const topics = new TopicAvailability(log)
  const instances = new Instances(log, limits)
  const heldRequests = new HeldRequests(limits.waiting)
  const memory = new RequestMemory(limits)
  const metrics = new Metrics({
    pendingBytes: () => memory.bodyBytes,
    waiting: () => heldRequests.size,
    instances: () => instances.size,
    lags: fresh(0, () => lagsOf(log, instances)),
  })
  return {
    log,
    topics,
    bodies: new BodyReader(limits, memory),
    memory,
    reads: new Reads(limits.reads),
    limits,
    producer: new Producer(log, topics),
    instances,
    heldRequests,
    metrics,
    stalledCalls,
    notReady: options.notReady ?? (() => undefined),
    knownCredentials: isKnown(options.credentials) ? options.credentials : undefined,
    now: options.now ?? Date.now,
  }
}

/** Whether these are the defaults of the dev profile, which are public. */
const isKnown = ({ username, password }: Credentials): boolean =>
  username === DEV_DEFAULTS.UPSTASH_KAFKA_REST_USERNAME && password === DEV_DEFAULTS.UPSTASH_KAFKA_REST_PASSWORD

interface Parts extends Dependencies {
  isDraining: () => boolean
}

function appOf(
  { credentials, users, origins = [], logger = SILENT, logRequests = 'failed' }: ProxyOptions,
  parts: Parts,
) {
  const routes = routesOf(parts)
  const app = new Hono<ProxyEnv>({ strict: false })
  app.onError(errorResponse)
  app.notFound((c) => errorResponse(noRoute(routes, c.req.method, c.req.path), c))
  app.use(observe({ ...parts, routes, logger: limitLines(logger, LINES_PER_SECOND), logRequests }))
  app.use(allowOrigins(origins))
  const admit = admitPublic(parts.limits)
  for (const route of routes.filter(({ isPublic }) => isPublic)) {
    serve(app, admit(route))
    app.all(route.path, (c) => {
      throw notAllowed(c.req.method, c.req.path, allowedMethods(route))
    })
  }
  app.use((c, next) => {
    if (!parts.isDraining()) return next()
    c.header('Connection', 'close')
    throw unavailable('the proxy is shutting down')
  })
  app.use(refuseOtherOrigins(origins))
  app.use(requireCredentials(credentials, users))
  for (const route of routes) if (!route.isPublic) serve(app, route)
  checkDocumented(app.routes, openApiOf(routes))
  return app
}

function serve(app: Hono<ProxyEnv>, route: Route): void {
  const known = [...queryOf(route), ...(route.isPublic ? [] : QUERY_CREDENTIALS)]
  app.on([...route.methods], route.path, (c) => {
    // Hono runs the handler of GET for a HEAD; here a GET may write or consume.
    if (c.req.method === 'HEAD' && !route.isPublic) throw notAllowed('HEAD', c.req.path, allowedMethods(route))
    checkRights(c, route)
    for (const { name, what } of queryFaults(c.req.url, known)) throw badRequest(`the query parameter ${name} ${what}`)
    return route.handle(c)
  })
}

/** Limits each address to a rate, because these requests have no account. A failed liveness check would end the process. */
function admitPublic({ publicPerSecond }: Limits): (route: Route) => Route {
  const rate = new Rate(publicPerSecond)
  return (route) => {
    if (route.path === '/healthz') return route
    const handle: Route['handle'] = (c) => {
      if (!rate.admits(c.env?.incoming?.socket.remoteAddress ?? '')) throw overLimit('share', 'requests per second')
      return route.handle(c)
    }
    return { ...route, handle }
  }
}

/** Before the body is read, as far as the path names what the request uses. */
function checkRights(c: Context<ProxyEnv>, { operation }: Route): void {
  if (operation === undefined) return
  const account = c.get('account')
  const { group, topic } = c.req.param() as { group?: string; topic?: string }
  if (topic === undefined) account.requireAny(operation)
  else account.require(operation, topic)
  if (group !== undefined) account.requireGroup(group)
}

function noRoute(routes: readonly Route[], method: string, path: string): HttpError {
  const methods = methodsOf(routes, path)
  return methods.length > 0 ? notAllowed(method, path, methods) : new HttpError(404, `${path} does not exist`)
}

const notAllowed = (method: string, path: string, methods: readonly string[]): HttpError =>
  new HttpError(405, `${path} does not support ${method}`, { Allow: methods.join(', ') })
