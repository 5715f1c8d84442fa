import type { Context } from 'hono'
import { HTTPException } from 'hono/http-exception'
import type { Logger } from '#platform/log-line.ts'
import { problem, type ProblemDocument, ProblemError, PROBLEMS } from '#platform/problems.ts'
import type { EdgeEnv } from '../deps.ts'

/** The one way out for everything that is thrown. */
export const answerError =
  (log: Logger) =>
  (error: Error, c: Context<EdgeEnv>): Response => {
    if (error instanceof ProblemError) return answerProblem(c, error.document)
    const unread = error instanceof HTTPException && error.status === 400
    if (unread || hasLeft(error, c)) return answerProblem(c, problem(PROBLEMS.malformed_json))
    const request = `${c.req.method} ${c.req.path}`
    log.error('a request failed', { requestId: c.get('requestId'), request, error: error.stack })
    return answerProblem(c, problem(PROBLEMS.internal_error))
  }

/** Whoever hangs up in the middle of a body is told nothing any more; that its end is missing is no fault of ours. */
const hasLeft = (error: Error, { req }: Context<EdgeEnv>): boolean =>
  req.raw.signal.aborted && 'code' in error && error.code === 'ECONNRESET'

/** RFC 9457. */
export function answerProblem(c: Context<EdgeEnv>, document: ProblemDocument): Response {
  const { status } = document
  const headers: Record<string, string> = { 'Content-Type': 'application/problem+json' }
  if (status === 401) headers['WWW-Authenticate'] = 'Bearer'
  if (status === 503) headers['Retry-After'] = '1'
  // Indented, and with an end of line: it is people who read problems.
  const text = JSON.stringify({ ...document, instance: c.req.path, ...c.get('trace') }, null, 2)
  return c.body(`${text}\n`, status, headers)
}
