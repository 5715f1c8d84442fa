import type { Context, MiddlewareHandler } from 'hono'
import { LogError } from '#log/log.ts'
import type { Logger } from '#platform/log-line.ts'
import { FAILED, levelOf, requestIdIn } from '#platform/requests.ts'
import type { ProxyConfig } from '../config.ts'
import type { ProxyEnv } from '../http/env.ts'
import type { Metrics } from './metrics.ts'
import { HttpError } from '../http/errors.ts'
import { releaseWhenSent } from '../http/request-memory.ts'
import { firstSegment, type Route } from '../routes/route.ts'

interface Observers {
  metrics: Metrics
  routes: readonly Route[]
  logger: Logger
  logRequests: ProxyConfig['logRequests']
}

/** Wraps every request: counts it, releases what it holds when its response is sent, and writes its log line. */
export function observe({ metrics, routes, logger, logRequests }: Observers): MiddlewareHandler<ProxyEnv> {
  const names = new Set(routes.map(({ path }) => firstSegment(path)))
  return async function observed(c, next) {
    const started = performance.now()
    await next()
    releaseWhenSent(c)
    const ms = performance.now() - started
    const { status } = c.res
    const first = firstSegment(c.req.path)
    // The rest of a path contains names or messages, and unknown paths would make metrics unbounded.
    const route = names.has(first) ? first : 'other'
    metrics.answered(route, status, ms / 1000)
    if (logRequests === 'none' || (logRequests === 'failed' && !isFailure(route, status))) return
    const line = { ...lineOf(c, route), status, ms: Math.round(ms) }
    if (isFailure(route, status)) logger[levelOf(status)](FAILED, line)
    else logger.info('answered', line)
  }
}

/** A proxy that is not ready says so to its probes; that is not a failure. */
const isFailure = (route: string, status: number): boolean => status >= 400 && route !== '/readyz'

function lineOf(c: Context<ProxyEnv>, route: string): Record<string, string | undefined> {
  const { error } = c
  const known = error instanceof HttpError || error instanceof LogError
  // The message of a client error may quote a message, so only the client sees it.
  const failure = error && (known ? (c.res.status < 500 ? undefined : error.message) : error.stack)
  const requestId = requestIdIn(c.req.header('X-Request-Id'))
  return { requestId, method: c.req.method, route, user: c.get('account')?.username, error: failure }
}
