/** An entity tag of a version. */
export const ETAG = /^"(\d{1,15})"$/

/** The entity tag of a version: `"3"`. */
export const etagOf = (version: number): string => `"${version}"`

/** The version that an entity tag names; null if this service did not issue the tag, so that it matches no version. */
export function versionIn(etag: string): number | null {
  const digits = ETAG.exec(etag.trim())?.[1]
  return digits === undefined ? null : Number(digits)
}

/** Whether an `If-None-Match` header names the entity tag: a list, weak tags too, or `*` (RFC 9110). */
export const matches = (header: string | null | undefined, etag: string): boolean =>
  header != null && (header.trim() === '*' || header.split(',').some((tag) => opaque(tag) === opaque(etag)))

const opaque = (tag: string): string => tag.trim().replace(/^W\//, '')
