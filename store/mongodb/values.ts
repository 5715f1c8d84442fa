/** Converts JSON documents to MongoDB's and back. */
import type { Doc } from '../store.ts'
import { invalid } from '../value.ts'

/**
 * MongoDB expires documents by a date, and the port has milliseconds, so a collection with an expiry holds both. Readers do not see
 * the date.
 */
export const SHADOW = '_expires'

/** The year 9999, the last that every date type supports. Later dates and dates before 1970 are clamped. */
const LAST_DATE = 253_402_300_799_999

/** Undefined, without expiry, for a value that is not a number. Rounded up, so that no document expires early. */
export const shadowOf = (value: unknown): Date | undefined =>
  typeof value === 'number' ? new Date(Math.ceil(Math.min(Math.max(value, 0), LAST_DATE))) : undefined

/** A copy, because the caller may change its object while the driver waits for a connection. JSON has no -0. */
export const copyOf = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T

export const toStored = (doc: Doc, expires: string | undefined): Doc => {
  const copy = copyOf(doc)
  if (expires === undefined) return copy
  if (Object.hasOwn(copy, SHADOW)) throw invalid(`The field ${SHADOW} is reserved in a collection with an expiry.`)
  const date = Object.hasOwn(copy, expires) ? shadowOf(copy[expires]) : undefined
  return date ? { ...copy, [SHADOW]: date } : copy
}

/** Changes and returns the given document. */
export const fromStored = (stored: Doc, expires: string | undefined): Doc => {
  if (expires !== undefined) delete stored[SHADOW]
  return plain(stored) as Doc
}

/** The driver turns an object that looks like a reference (`{ $ref, $id }`) into a class of its own. */
const plain = (value: unknown): unknown => {
  if (typeof value !== 'object' || value === null) return value
  if ('_bsontype' in value) return copyOf(value)
  for (const [key, inner] of Object.entries(value)) {
    const made = plain(inner)
    if (made !== inner) Object.defineProperty(value, key, { value: made })
  }
  return value
}
