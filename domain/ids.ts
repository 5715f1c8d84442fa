import { v5 as uuidv5 } from 'uuid'
import { z } from 'zod'

/**
 * Ids are keys of documents and parts of paths. They have no dots, dollars, slashes or control characters, and no leading
 * underscore, so no id is `__proto__`.
 */
export const Id = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/,
    'must be 1 to 64 letters, digits, "-" or "_", starting with a letter or digit',
  )

/** Namespaces of version 5 UUIDs (RFC 9562). Never change them: every derived id would change. */
const COMMANDS = '0b8e3a52-5c0c-5d0e-9d5f-3a3c0f1c7a01'
const PROPOSALS = '2d1f7c84-93b1-5c47-a0de-61f1b5a7e203'
const BOOKINGS = '5f3f0d6e-0f53-5a31-8b43-6a4c1d2e9b02'

/** The same subject repeating the same request with the same key sends the same command. */
export function commandIdOf(subject: string, method: string, path: string, idempotencyKey: string): string {
  return uuidv5(JSON.stringify([subject, method, path, idempotencyKey]), COMMANDS)
}

/** The command that one of our own processes proposes for a reason, such as the end of a booking's hold. */
export const proposalIdOf = (...reason: readonly string[]): string => uuidv5(JSON.stringify(reason), PROPOSALS)

/** The same command asks for the same booking. */
export function bookingIdOf(commandId: string): string {
  return uuidv5(commandId, BOOKINGS)
}

/**
 * Whether {@link bookingIdOf} can give this id. No documented request of a foreign producer may choose one, so that no such producer
 * can take the id of a booking that our edge has requested.
 */
export const isOwnBookingId = (id: string): boolean => uuidDigitsOf(id)?.[VERSION_DIGIT] === '5'

/** The digit of a UUID that is its version. */
const VERSION_DIGIT = 12

/** The 32 hex digits of a UUID, however it is written; null for another id. */
export function uuidDigitsOf(id: string): string | null {
  const digits = id.replaceAll('-', '').toLowerCase()
  return /^[0-9a-f]{32}$/.test(digits) ? digits : null
}
