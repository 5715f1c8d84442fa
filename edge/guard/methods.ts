import type { Context, Hono, MiddlewareHandler, NotFoundHandler } from 'hono'
import { html } from 'hono/html'
import { allowedMethods } from '#platform/methods.ts'
import { problem, PROBLEMS } from '#platform/problems.ts'
import type { EdgeEnv } from '../deps.ts'
import { missingPage } from '../reference/missing-page.ts'
import { PAGE_HEADERS, wantsPage } from '#platform/page/page.ts'
import { problemResponse } from './errors.ts'

/** For requests that no route serves: 405 with `Allow` if the path has other methods, otherwise 404. */
export const handleUnserved =
  (app: Hono<EdgeEnv>): NotFoundHandler<EdgeEnv> =>
  (c) => {
    const allowed = allowedMethods(app.routes, c.req.path)
    if (allowed.length === 0) {
      c.header('Vary', 'Accept')
      return wantsPage(c) ? c.html(nothingHere(), 404, PAGE_HEADERS) : problemResponse(c, problem(PROBLEMS.not_found))
    }
    const methods = allowed.join(', ')
    c.header('Allow', methods)
    return problemResponse(c, problem(PROBLEMS.method_not_allowed, { detail: `${c.req.path} takes ${methods}.` }))
  }

const nothingHere = () =>
  missingPage(
    'Nothing is here',
    html`This address does not exist. <a href="/docs">The reference</a> lists every route.`,
  )

/** Answers OPTIONS with the allowed methods. CORS answers preflight requests of browsers. */
export const handleOptions =
  (app: Hono<EdgeEnv>): MiddlewareHandler<EdgeEnv> =>
  async (c, next) => {
    if (c.req.method !== 'OPTIONS' || isPreflight(c)) return next()
    const allowed = allowedMethods(app.routes, c.req.path)
    if (allowed.length === 0) return problemResponse(c, problem(PROBLEMS.not_found))
    return c.body(null, 204, { Allow: allowed.join(', ') })
  }

/** As the Fetch standard defines it. */
const isPreflight = ({ req }: Context<EdgeEnv>): boolean => req.header('Access-Control-Request-Method') !== undefined
