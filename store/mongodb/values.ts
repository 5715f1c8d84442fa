/** JSON documents on their way into MongoDB and back. */
import type { Doc } from '../store.ts'
import { invalid } from '../value.ts'

/**
 * MongoDB lets documents expire by a date, and the port keeps milliseconds: so a collection that expires holds both. No reader
 * sees the date.
 */
export const SHADOW = '_expires'

/** The year 9999, which everybody's dates reach: nothing is expected to expire later, nor to tell apart what expired before 1970. */
const LAST_DATE = 253_402_300_799_999

/** What is not a number never expires. Never early, and in the order of the numbers. */
export const shadowOf = (value: unknown): Date | undefined =>
  typeof value === 'number' ? new Date(Math.ceil(Math.min(Math.max(value, 0), LAST_DATE))) : undefined

/** The caller may change what it gave while the driver still waits for a connection. JSON has no -0. */
export const copyOf = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T

export const toStored = (doc: Doc, expires: string | undefined): Doc => {
  const copy = copyOf(doc)
  if (expires === undefined) return copy
  if (Object.hasOwn(copy, SHADOW)) throw invalid(`The field ${SHADOW} is reserved in a collection with an expiry.`)
  const date = Object.hasOwn(copy, expires) ? shadowOf(copy[expires]) : undefined
  return date ? { ...copy, [SHADOW]: date } : copy
}

/** Takes the document over. */
export const fromStored = (stored: Doc, expires: string | undefined): Doc => {
  if (expires !== undefined) delete stored[SHADOW]
  return plain(stored) as Doc
}

/** The driver makes an object of its own of what looks like a reference: `{ $ref, $id }`. */
const plain = (value: unknown): unknown => {
  if (typeof value !== 'object' || value === null) return value
  if ('_bsontype' in value) return copyOf(value)
  for (const [key, inner] of Object.entries(value)) {
    const made = plain(inner)
    if (made !== inner) Object.defineProperty(value, key, { value: made })
  }
  return value
}
