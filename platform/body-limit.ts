import type { MiddlewareHandler } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { ProblemError, PROBLEMS } from './problems.ts'

/** The largest body of a request to the edge, and of one that the edge forwards. */
export const MAX_BODY_BYTES = 16 * 1024

const tooLarge = (maxBytes: number) => ({ detail: `At most ${maxBytes} bytes are accepted.` })

export const TOO_LARGE = tooLarge(MAX_BODY_BYTES)

/** Rejects a larger body with the problem `body_too_large`. */
export const limitBody = (maxBytes = MAX_BODY_BYTES): MiddlewareHandler =>
  bodyLimit({
    maxSize: maxBytes,
    onError: () => {
      throw new ProblemError(PROBLEMS.body_too_large, tooLarge(maxBytes))
    },
  })
