import { faultAt } from './faults.ts'
import { ProblemError, PROBLEMS } from './problems.ts'

/** What a client may send as `Idempotency-Key`. */
export const IDEMPOTENCY_KEY = /^[\x20-\x7e]{1,255}$/

/**
 * Reads the header of a request; `undefined` if the client sent none.
 * @throws ProblemError `invalid_request` for a key that does not match {@link IDEMPOTENCY_KEY}
 */
export function idempotencyKeyIn(header: string | undefined): string | undefined {
  if (header === undefined || IDEMPOTENCY_KEY.test(header)) return header
  const errors = [faultAt('Idempotency-Key', 'must be 1 to 255 printable ASCII characters')]
  throw new ProblemError(PROBLEMS.invalid_request, { errors })
}
