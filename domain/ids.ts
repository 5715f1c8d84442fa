import { v5 as uuidv5 } from 'uuid'
import { z } from 'zod'

/**
 * Ids are keys of documents and parts of paths, so they are plain: no dots, dollars, slashes or control characters, and no
 * underscore in front, so none is `__proto__`.
 */
export const Id = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/,
    'must be 1 to 64 letters, digits, "-" or "_", starting with a letter or digit',
  )

/** Namespaces of version 5 UUIDs (RFC 9562). Fixed for ever: changing one changes every id that is derived. */
const COMMANDS = '0b8e3a52-5c0c-5d0e-9d5f-3a3c0f1c7a01'
const BOOKINGS = '5f3f0d6e-0f53-5a31-8b43-6a4c1d2e9b02'

/** The same subject repeating the same request with the same key sends the same command. */
export function commandIdOf(subject: string, method: string, path: string, idempotencyKey: string): string {
  return uuidv5(JSON.stringify([subject, method, path, idempotencyKey]), COMMANDS)
}

/** The same command asks for the same booking. */
export function bookingIdOf(commandId: string): string {
  return uuidv5(commandId, BOOKINGS)
}

/** What the documents call a booking whose id is a UUID. */
export interface Aliases {
  /** airbnb: 24 hex digits, the first 96 bits. */
  airbnb: string
  /** hostly: an integer, the last 53 bits, so that JSON keeps it exactly. */
  hostly: number
}

export function aliasesOf(bookingId: string): Aliases | null {
  const hex = bookingId.replaceAll('-', '').toLowerCase()
  if (!/^[0-9a-f]{32}$/.test(hex)) return null
  return { airbnb: hex.slice(0, 24), hostly: Number(BigInt(`0x${hex.slice(16)}`) & BigInt(Number.MAX_SAFE_INTEGER)) }
}

/** Two bookings that a document could not tell apart. */
export function shareAlias(one: string, other: string): boolean {
  // Asked of every booking a listing holds, so the common case is told from the ends: each alias contains one of them.
  if (!alike(one.slice(0, 8), other.slice(0, 8)) && !alike(one.slice(-12), other.slice(-12))) return false
  const a = aliasesOf(one)
  const b = aliasesOf(other)
  return a !== null && b !== null && (a.airbnb === b.airbnb || a.hostly === b.hostly)
}

const alike = (a: string, b: string): boolean => a === b || a.toLowerCase() === b.toLowerCase()
