import { settledWithin } from './deadline.ts'

/** How long a call waits for the work of another. */
const SHARE_MS = 2_000

/**
 * Makes a value at the first call and keeps it. Calls that come meanwhile wait for it, but not longer than `shareMs`: then they make it
 * themselves, because a worker drops the work of a request whose client has left. A failure is not kept.
 */
export function madeOnce<T>(make: () => Promise<T>, shareMs = SHARE_MS): () => Promise<T> {
  let made: { value: T } | undefined
  let underWay: Promise<T> | undefined
  return async () => {
    if (made === undefined && underWay !== undefined) await settledWithin(shareMs, underWay)
    if (made !== undefined) return made.value
    const making = make()
    underWay = making
    try {
      made = { value: await making }
      return made.value
    } finally {
      if (underWay === making) underWay = undefined
    }
  }
}
