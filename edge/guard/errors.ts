import type { Context } from 'hono'
import { ClientGone, responseToGone } from '#platform/client-gone.ts'
import { problem, type ProblemDocument, ProblemError, PROBLEMS } from '#platform/problems.ts'
import { setProblem } from '#platform/requests.ts'
import type { EdgeEnv } from '../deps.ts'

/** Turns every error that a handler or middleware throws into a problem. */
export function handleError(error: Error, c: Context<EdgeEnv>): Response {
  if (error instanceof ClientGone) return responseToGone()
  if (error instanceof ProblemError) return problemResponse(c, error.document)
  if (isAborted(error, c)) return problemResponse(c, problem(PROBLEMS.malformed_json))
  return problemResponse(c, problem(PROBLEMS.internal_error))
}

/** A client that disconnects while it sends its body is not an error of the edge. */
const isAborted = (error: Error, { req }: Context<EdgeEnv>): boolean =>
  req.raw.signal.aborted && 'code' in error && error.code === 'ECONNRESET'

/** A problem document (RFC 9457), indented for people, with the request's path and trace. */
export function problemResponse(c: Context<EdgeEnv>, document: ProblemDocument): Response {
  setProblem(c, document)
  const { status } = document
  const headers: Record<string, string> = { 'Content-Type': 'application/problem+json' }
  if (status === 401) headers['WWW-Authenticate'] = 'Bearer'
  if (status === 429 || status === 503) headers['Retry-After'] = c.res.headers.get('Retry-After') ?? '1'
  const text = JSON.stringify({ ...document, instance: c.req.path, ...c.get('trace') }, null, 2)
  return c.body(`${text}\n`, status, headers)
}
