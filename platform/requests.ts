/** How every process names a request and reports its failure, so that one id finds the request in all of their logs. */
import type { Context, MiddlewareHandler } from 'hono'
import { requestId } from 'hono/request-id'
import { isToGone } from './client-gone.ts'
import { limitLines, type Logger, messageOf } from './log-line.ts'
import { type ProblemDocument, ProblemError } from './problems.ts'

/** The longest id that a message's header may have (`domain/trace.ts`). */
const MAX_REQUEST_ID_CHARS = 128

const REQUEST_ID = /^[\w=-]{1,128}$/

/** Takes the `X-Request-Id` of the request, or generates one. The response has the same header. */
export const nameRequest = (): MiddlewareHandler => requestId({ limitLength: MAX_REQUEST_ID_CHARS })

/** The id that the caller gave to a request, for a process that does not generate ids; `undefined` if it is unfit for a log. */
export function requestIdIn(header: string | undefined): string | undefined {
  return header !== undefined && REQUEST_ID.test(header) ? header : undefined
}

/** A flood of bad requests must not become a flood of lines. */
const LINES_PER_SECOND = 50

export interface FailureOptions {
  /** Whether the status is a normal answer of this path, which gets no line. `/readyz` never gets one. */
  isExpected?: (path: string, status: number) => boolean
}

/**
 * Writes one line for each request that ends in an error: 4xx as information, 5xx as an error. The line has no query parameters.
 * Comes after {@link nameRequest}; {@link setProblem} adds the problem's code.
 */
export function reportFailures(logger: Logger, { isExpected = () => false }: FailureOptions = {}): MiddlewareHandler {
  const limited = limitLines(logger, LINES_PER_SECOND)
  return async (c, next) => {
    await next()
    const { status } = c.res
    const { path, method } = c.req
    if (status < 400 || isToGone(c.res) || path === '/readyz' || isExpected(path, status)) return
    const line = { requestId: c.get('requestId'), method, path, status, code: c.get(CODE), error: causeIn(c) }
    limited[levelOf(status)](FAILED, line)
  }
}

/** The message of each line about a failed request. */
export const FAILED = 'a request failed'

export const levelOf = (status: number): 'info' | 'error' => (status < 500 ? 'info' : 'error')

const CODE = 'problemCode'

/** Notes the problem that the request ends with. */
export const setProblem = (c: Context, { code }: ProblemDocument): void => c.set(CODE, code)

/** An unexpected error is written with its stack. A problem's code says enough. */
function causeIn({ error, res }: Context): string | undefined {
  if (error === undefined || error instanceof ProblemError || res.status < 500) return undefined
  return res.status === 500 ? error.stack : messageOf(error)
}
