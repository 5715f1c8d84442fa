import { around } from '#platform/around.ts'
import type { Log } from '#log/log.ts'

/** For tests: the same log, and the number of its reads that have not settled. */
export function countingReads(log: Log): { log: Log; underWay: () => number } {
  let underWay = 0
  const counted = around(log, async (method, call) => {
    if (method !== 'read') return call()
    underWay++
    return call().finally(() => underWay--)
  })
  return { log: counted, underWay: () => underWay }
}
