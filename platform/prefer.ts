/** RFC 7240, as far as we honour it. */
export interface Preferences {
  /** How long the answer may wait for what becomes of the request, in seconds. */
  wait?: number
}

/** Longer waits are shortened to this. */
export const MAX_WAIT = 30

/** What is not understood is left out: a preference is no demand. */
export function preferencesIn(prefer: string | undefined): Preferences {
  const wait = /(?:^|[,;\s])wait\s*=\s*"?(\d{1,9})"?\s*(?:[,;]|$)/i.exec(prefer ?? '')?.[1]
  return wait === undefined ? {} : { wait: Math.min(Number(wait), MAX_WAIT) }
}
