import type { Context, Hono, NotFoundHandler } from 'hono'
import { ClientGone, responseToGone } from '#platform/client-gone.ts'
import { allowedMethods } from '#platform/methods.ts'
import { problem, type ProblemDocument, ProblemError, PROBLEMS } from '#platform/problems.ts'
import { setProblem } from '#platform/requests.ts'
import { StoreError } from '#store/store.ts'
import type { ApiEnv } from './deps.ts'
import { pageForBrowsers } from './routes/root.ts'

/** For a request that no route serves: 404, or 405 and the methods of its path; OPTIONS returns those methods. */
export const respondUnserved =
  (app: Hono<ApiEnv>): NotFoundHandler<ApiEnv> =>
  (c) => {
    const allow = allowedMethods(app.routes, c.req.path).join(', ')
    if (allow === '') return pageForBrowsers(c) ?? problemResponse(c, problem(PROBLEMS.not_found))
    if (c.req.method === 'OPTIONS') return c.body(null, 204, { allow })
    const detail = `${c.req.path} takes ${allow}.`
    return problemResponse(c, problem(PROBLEMS.method_not_allowed, { detail }), { allow })
  }

/** For everything that a route throws. A store that cannot answer is a 503; any other error is a 500. */
export function respondError(error: Error, c: Context<ApiEnv>): Response {
  if (error instanceof ClientGone) return responseToGone()
  const instance = c.req.path
  if (error instanceof ProblemError) return problemResponse(c, { ...error.document, instance })
  if (error instanceof StoreError && error.code !== 'invalid') {
    return problemResponse(c, problem(PROBLEMS.query_unavailable))
  }
  return problemResponse(c, problem(PROBLEMS.internal_error, { instance }))
}

/** The statuses of problems that pass by themselves. */
const RETRIED: ReadonlySet<number> = new Set([429, 503])

/** Indented and with a final newline, because people read problems. */
function problemResponse(
  c: Context<ApiEnv>,
  document: ProblemDocument,
  headers: Record<string, string> = {},
): Response {
  setProblem(c, document)
  return c.body(`${JSON.stringify(document, null, 2)}\n`, document.status, {
    'content-type': 'application/problem+json',
    ...(RETRIED.has(document.status) && { 'retry-after': '1' }),
    ...headers,
  })
}
