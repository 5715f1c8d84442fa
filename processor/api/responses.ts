import type { Context, Hono, NotFoundHandler } from 'hono'
import { allowedMethods } from '#platform/methods.ts'
import { problem, ProblemError, PROBLEMS } from '#platform/problems.ts'
import { StoreError } from '#store/store.ts'
import type { ApiDeps, ApiEnv } from './deps.ts'

/** For a request that no route serves: 404, or 405 and the methods of its path; OPTIONS returns those methods. */
export const respondUnserved =
  (app: Hono<ApiEnv>): NotFoundHandler<ApiEnv> =>
  (c) => {
    const allow = allowedMethods(app.routes, c.req.path).join(', ')
    if (allow === '') return problemResponse(problem(PROBLEMS.not_found))
    if (c.req.method === 'OPTIONS') return c.body(null, 204, { allow })
    const detail = `${c.req.path} takes ${allow}.`
    return problemResponse(problem(PROBLEMS.method_not_allowed, { detail }), { allow })
  }

/** For everything that a route throws. A store that cannot answer is a 503; any other error is reported and a 500. */
export const respondError =
  (report: ApiDeps['report']) =>
  (error: Error, c: Context<ApiEnv>): Response => {
    const instance = c.req.path
    if (error instanceof ProblemError) return problemResponse({ ...error.document, instance })
    if (error instanceof StoreError && error.code !== 'invalid') {
      return problemResponse(problem(PROBLEMS.query_unavailable))
    }
    report({ path: instance, error })
    return problemResponse(problem(PROBLEMS.internal_error, { instance }))
  }

/** The statuses of problems that pass by themselves. */
const RETRIED: ReadonlySet<number> = new Set([429, 503])

/** Indented and with a final newline, because people read problems. */
const problemResponse = (document: ReturnType<typeof problem>, headers: Record<string, string> = {}): Response =>
  new Response(`${JSON.stringify(document, null, 2)}\n`, {
    status: document.status,
    headers: {
      'content-type': 'application/problem+json',
      ...(RETRIED.has(document.status) && { 'retry-after': '1' }),
      ...headers,
    },
  })
