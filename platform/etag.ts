/** A booking's version as HTTP has it: `"3"`. */
export const etagOf = (version: number): string => `"${version}"`

/** Null if it is none of ours: then nothing can match it. */
export function versionIn(etag: string): number | null {
  const digits = /^"(\d{1,15})"$/.exec(etag.trim())?.[1]
  return digits === undefined ? null : Number(digits)
}
