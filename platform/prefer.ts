/** The preferences of RFC 7240 that this service honors. */
export interface Preferences {
  /** Seconds that the response may wait for the outcome of the request. */
  wait?: number
}

/** Longer waits are shortened to this many seconds. */
export const MAX_WAIT = 30

/** Unknown preferences are ignored, as RFC 7240 requires. */
export function preferencesIn(prefer: string | undefined): Preferences {
  const wait = /(?:^|[,;\s])wait\s*=\s*"?(\d{1,9})"?\s*(?:[,;]|$)/i.exec(prefer ?? '')?.[1]
  return wait === undefined ? {} : { wait: Math.min(Number(wait), MAX_WAIT) }
}
