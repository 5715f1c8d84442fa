import type { Context, MiddlewareHandler } from 'hono'
import { LogError } from '#log/log.ts'
import type { ProxyConfig } from '../config.ts'
import type { ProxyEnv } from '../http/env.ts'
import type { Tell } from './log-line.ts'
import type { Metrics } from './metrics.ts'
import type { Pending } from '../produce/pending-bytes.ts'
import { Problem } from '../http/errors.ts'

interface Observers {
  metrics: Metrics
  pending: Pending
  tell: Tell
  logRequests: ProxyConfig['logRequests']
}

/** Around every request: counts it, gives back what it held, and writes a line of it. */
export function observe({ metrics, pending, tell, logRequests }: Observers): MiddlewareHandler<ProxyEnv> {
  return async function observed(c, next) {
    const started = performance.now()
    await next()
    pending.release(c)
    const ms = performance.now() - started
    const { status } = c.res
    const route = routeOf(c.req.path)
    metrics.answered(route, status, ms / 1000)
    if (logRequests === 'none' || (logRequests === 'failed' && status < 400)) return
    tell(status < 500 ? 'info' : 'error', 'answered', { ...lineOf(c, route), status, ms: Math.round(ms) })
  }
}

function lineOf(c: Context<ProxyEnv>, route: string): Record<string, string | undefined> {
  const { error } = c
  const known = error instanceof Problem || error instanceof LogError
  // What a client did wrong is quoted to the client alone: there may be something of a message in it.
  const failure = error && (known ? (c.res.status < 500 ? undefined : error.message) : error.stack)
  return { method: c.req.method, route, user: c.get('account')?.username, error: failure }
}

const ROUTES = new Set(
  '/produce /webhook /consume /commit /committed /fetch /offsets /topics /consumers /delete-consumer /stream'
    .split(' ')
    .concat('/healthz', '/readyz', '/metrics', '/openapi.json'),
)

/** The first part of the path, where it is one of ours: the rest bears names, or messages. */
function routeOf(path: string): string {
  const end = path.indexOf('/', 1)
  const first = end === -1 ? path : path.slice(0, end)
  return ROUTES.has(first) ? first : 'other'
}
