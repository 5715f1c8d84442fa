import { uuidDigitsOf } from '../ids.ts'
import type { Dialect } from './dialect.ts'

/** hostly's spelling: ids are integers. */
export const hostly = {
  /** The last 53 bits of a UUID, so that JSON keeps the integer exactly. */
  aliasOf(bookingId) {
    const digits = uuidDigitsOf(bookingId)
    return digits && String(BigInt(`0x${digits.slice(16)}`) & BigInt(Number.MAX_SAFE_INTEGER))
  },
} satisfies Dialect
