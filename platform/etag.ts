/** An entity tag of a version. */
export const ETAG = /^"(\d{1,15})"$/

/** The entity tag of a version: `"3"`. */
export const etagOf = (version: number): string => `"${version}"`

/** Whether the object is still one that the client has (`If-None-Match`), so that a read may respond with 304. */
export function isKnown(ifNoneMatch: string | null | undefined, etag: string): boolean {
  const tags = tagsIn(ifNoneMatch ?? '')
  return tags === '*' || tags.some(({ quoted }) => quoted === etag)
}

/**
 * The versions to which a write is limited (`If-Match`); `*` for every version, also without the header. Weak tags, and those
 * that this service did not issue, match no version.
 */
export function versionsIn(ifMatch: string | undefined): number[] | '*' {
  const tags = tagsIn(ifMatch ?? '*')
  if (tags === '*') return '*'
  return tags.flatMap(({ isWeak, quoted }) => {
    const digits = isWeak ? undefined : ETAG.exec(quoted)?.[1]
    return digits === undefined ? [] : [Number(digits)]
  })
}

interface Tag {
  isWeak: boolean
  /** With its quotes. */
  quoted: string
}

const TAG = /(W\/)?("[\x21\x23-\x7e\x80-\xff]*")/g
const LIST = /^(?:[ \t,]*(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"[ \t]*(?=,|$))+[ \t,]*$/

/** The entity tags of a condition as RFC 9110 writes it; none in a header that is malformed. */
function tagsIn(condition: string): Tag[] | '*' {
  if (condition.trim() === '*') return '*'
  if (!LIST.test(condition)) return []
  return [...condition.matchAll(TAG)].map(([, weak, quoted]) => ({ isWeak: weak !== undefined, quoted: quoted! }))
}
