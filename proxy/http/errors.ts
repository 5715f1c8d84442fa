import { STATUS_CODES } from 'node:http'
import type { Context } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { Refused } from '#platform/budget.ts'
import { LogError, type LogErrorCode } from '#log/log.ts'

/** An error response. Clients show `message` to people and branch on `status`. */
export class HttpError extends Error {
  override name = 'HttpError'
  readonly status: ContentfulStatusCode
  readonly headers: Record<string, string>
  /** Additional fields of the response body. */
  readonly details: object
  constructor(status: ContentfulStatusCode, message: string, headers: Record<string, string> = {}, details = {}) {
    super(message)
    this.status = status
    this.headers = headers
    this.details = details
  }
}

/** HTTP status of each log error. `unknown` is a timeout: the message may have been written. */
const STATUS: Record<LogErrorCode, ContentfulStatusCode> = {
  not_found: 404,
  forbidden: 403,
  unreadable: 422,
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

/** The `code` of an error response that comes from the log. */
export const LOG_ERROR_CODES = Object.keys(STATUS)

const RETRY = { 'Retry-After': '1' }

export const badRequest = (message: string): HttpError => new HttpError(400, message)

/** Nothing was done; the client may retry. */
export const unavailable = (message: string): HttpError => new HttpError(503, message, RETRY)

/** Nothing was done. The client waits for itself above its share (429), for others above the total (503). */
export const overLimit = (refused: Refused['refused'], what: string): HttpError =>
  refused === 'share'
    ? new HttpError(429, `this client uses its share of ${what}; retry later`, RETRY)
    : unavailable(`all ${what} are in use; retry later`)

export function toHttpError(error: unknown): HttpError {
  if (error instanceof HttpError) return error
  if (!(error instanceof LogError)) return new HttpError(500, 'internal error')
  const status = STATUS[error.code]
  return new HttpError(status, error.message, status >= 503 ? RETRY : {}, { code: error.code })
}

/**
 * The body of every error response: a problem document (RFC 9457), with `error`, the member that clients of the format show.
 * Clients parse each response as JSON, whatever its status.
 */
export function errorBody(status: number, message: string, details: object = {}): object {
  return { error: message, status, type: 'about:blank', title: STATUS_CODES[status], detail: message, ...details }
}

export function errorResponse(error: unknown, c: Context): Response {
  const { status, message, headers, details } = toHttpError(error)
  return c.json(errorBody(status, message, details), status, { 'Content-Type': 'application/problem+json', ...headers })
}

export const hasCode = (error: unknown, code: LogErrorCode): boolean => error instanceof LogError && error.code === code
