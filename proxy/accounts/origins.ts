/** Web pages of other origins may use the proxy only if `PROXY_CORS_ORIGINS` names their origin. */
import type { Context, MiddlewareHandler } from 'hono'
import { cors } from 'hono/cors'
import type { ProxyEnv } from '../http/env.ts'
import { HttpError } from '../http/errors.ts'

/** CORS for pages of these origins. A preflight request has no credentials. Other clients skip the middleware. */
export function allowOrigins(origins: readonly string[]): MiddlewareHandler<ProxyEnv> {
  if (origins.length === 0) return (_, next) => next()
  const exposeHeaders = ['Retry-After']
  const allow = cors({ origin: [...origins], allowMethods: ['GET', 'POST', 'DELETE'], exposeHeaders, maxAge: 86_400 })
  return (c, next) => (c.req.method === 'OPTIONS' || c.req.header('Origin') !== undefined ? allow(c, next) : next())
}

/**
 * A page of any origin can send a GET or a form with known credentials in the URL. CORS only withholds the response, so the request
 * itself is refused. Other clients than browsers do not send these headers.
 */
export function refuseOtherOrigins(origins: readonly string[]): MiddlewareHandler<ProxyEnv> {
  return (c, next) => {
    if (isOtherOrigin(c) && !origins.includes(c.req.header('Origin') ?? ''))
      throw new HttpError(
        403,
        'a web page of another origin may not use the proxy: add its origin to PROXY_CORS_ORIGINS',
      )
    return next()
  }
}

function isOtherOrigin({ req }: Context<ProxyEnv>): boolean {
  const [site, origin] = [req.header('Sec-Fetch-Site'), req.header('Origin')]
  if (site !== undefined) return site === 'cross-site' || site === 'same-site'
  return origin !== undefined && hostOf(origin) !== new URL(req.url).host
}

/** The protocol may differ behind a balancer that ends TLS. */
const hostOf = (origin: string): string | undefined => (URL.canParse(origin) ? new URL(origin).host : undefined)
