import type { Context, Hono, MiddlewareHandler, NotFoundHandler } from 'hono'
import { allowedMethods } from '#platform/methods.ts'
import { problem, PROBLEMS } from '#platform/problems.ts'
import { answerProblem } from './answer.ts'
import type { EdgeEnv } from '../deps.ts'

/** What no route has served: another method of a path that there is, or nothing at all. */
export const refuseUnserved =
  (app: Hono<EdgeEnv>): NotFoundHandler<EdgeEnv> =>
  (c) => {
    const allowed = allowedMethods(app.routes, c.req.path)
    if (allowed.length === 0) return answerProblem(c, problem(PROBLEMS.not_found))
    const methods = allowed.join(', ')
    c.header('Allow', methods)
    return answerProblem(c, problem(PROBLEMS.method_not_allowed, { detail: `${c.req.path} takes ${methods}.` }))
  }

/** Whoever asks what may be done is told; a browser that asks on behalf of a page is told by CORS. */
export const tellMethods =
  (app: Hono<EdgeEnv>): MiddlewareHandler<EdgeEnv> =>
  async (c, next) => {
    if (c.req.method !== 'OPTIONS' || isPreflight(c)) return next()
    const allowed = allowedMethods(app.routes, c.req.path)
    if (allowed.length === 0) return answerProblem(c, problem(PROBLEMS.not_found))
    return c.body(null, 204, { Allow: allowed.join(', ') })
  }

/** As the Fetch standard has it. */
const isPreflight = ({ req }: Context<EdgeEnv>): boolean => req.header('Access-Control-Request-Method') !== undefined
