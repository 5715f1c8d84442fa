import type { MiddlewareHandler } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { ProblemError, PROBLEMS } from './problems.ts'

/** The largest body of a request to the edge, and of one that the edge forwards. */
export const MAX_BODY_BYTES = 16 * 1024

export const TOO_LARGE = { detail: `At most ${MAX_BODY_BYTES} bytes are accepted.` }

/** Rejects a larger body with the problem `body_too_large`. */
export const limitBody = (): MiddlewareHandler =>
  bodyLimit({
    maxSize: MAX_BODY_BYTES,
    onError: () => {
      throw new ProblemError(PROBLEMS.body_too_large, TOO_LARGE)
    },
  })
