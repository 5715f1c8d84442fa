import type { Context } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { LogError, type LogErrorCode } from '#log/log.ts'

/** An answer other than 200. The client shows `error` to people and tells by `status` what to do. */
export class Problem extends Error {
  override name = 'Problem'
  readonly status: ContentfulStatusCode
  readonly headers: Record<string, string>
  /** More to be told in the body. */
  readonly details: object
  constructor(status: ContentfulStatusCode, message: string, headers: Record<string, string> = {}, details = {}) {
    super(message)
    this.status = status
    this.headers = headers
    this.details = details
  }
}

/** What the log's refusals are in HTTP. `unknown` is a time-out: the message may have been written. */
const STATUS: Record<LogErrorCode, ContentfulStatusCode> = {
  not_found: 404,
  invalid: 400,
  out_of_range: 400,
  too_large: 413,
  fenced: 409,
  active: 409,
  unknown: 504,
  overloaded: 503,
  unavailable: 503,
  closed: 503,
}

const RETRY = { 'Retry-After': '1' }

/** Too much is under way here; nothing was done. */
export const busy = (message: string): Problem => new Problem(503, message, RETRY)

/** Every error leaves as `{error, status}`: the client parses each answer as JSON, whatever its status. */
export function answerProblem(error: unknown, c: Context): Response {
  const { status, message, headers, details } = problemOf(error)
  return c.json({ error: message, status, ...details }, status, headers)
}

export function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error
  if (!(error instanceof LogError)) return new Problem(500, 'the proxy failed, which is its own fault')
  const status = STATUS[error.code]
  return new Problem(status, error.message, status >= 503 ? RETRY : {})
}

export const badRequest = (message: string): Problem => new Problem(400, message)

export const hasCode = (error: unknown, code: LogErrorCode): boolean => error instanceof LogError && error.code === code
