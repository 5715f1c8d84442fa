import { Hono } from 'hono'
import { cors } from 'hono/cors'
import type { Log } from '#log/log.ts'
import { requireCredentials, type Credentials } from './auth.ts'
import { Instances } from './instances.ts'
import { answerProblem, Problem } from './problem.ts'
import { consumeRoutes } from './routes/consume.ts'
import { fetchRoutes } from './routes/fetch.ts'
import { healthRoutes } from './routes/health.ts'
import { produceRoutes } from './routes/produce.ts'
import { topicRoutes } from './routes/topics.ts'

export interface ProxyOptions {
  log: Log
  credentials: Credentials
  /** Instances end when nobody has called them for so long. */
  idleMs?: number
  maxBodyBytes?: number
  /** The clock for messages without a timestamp. */
  now?: () => number
}

export interface Proxy {
  app: Hono
  /** Ends every instance. To be called before the log, which belongs to the caller, is closed: instances hold batches. */
  close: () => Promise<void>
}

/** Kafka over HTTP in the Upstash REST format. It translates and adds nothing: every promise is the log's. */
export function createProxy(options: ProxyOptions): Proxy {
  const { log, credentials, idleMs = 120_000, maxBodyBytes = 16 * 1024 * 1024, now = Date.now } = options
  const instances = new Instances(log, idleMs)
  const app = new Hono({ strict: false })

  app.onError(answerProblem)
  app.notFound((c) => answerProblem(new Problem(404, `there is no ${c.req.method} ${c.req.path}`), c))
  // Browsers call it too; their preflight bears no credentials.
  app.use(cors({ origin: '*', allowMethods: ['GET', 'POST', 'DELETE'] }))
  app.route('/', healthRoutes({ log }))
  app.use(requireCredentials(credentials))
  app.route('/', produceRoutes({ log, now, maxBodyBytes }))
  app.route('/', consumeRoutes({ log, instances, maxBodyBytes }))
  app.route('/', fetchRoutes({ log, maxBodyBytes }))
  app.route('/', topicRoutes({ log, maxBodyBytes }))
  return { app, close: () => instances.close() }
}
