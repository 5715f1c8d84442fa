import { LogError, type Log } from '#log/log.ts'
import { around } from '#platform/around.ts'
import { within } from '#platform/deadline.ts'
import { StalledCalls } from './stalled-calls.ts'

/** Below the five seconds within which clients get a response. */
export const LOG_LIMIT_MS = 4_800

/** How much longer than its timeout a long poll may wait for the log itself: clients get a response within a second more. */
export const ANSWER_MS = 900

/** Calls with their own limit, or none. */
const UNLIMITED = new Set(['run', 'setOffsets', 'createTopics', 'close'])

/**
 * A log that responds in time. A call that takes longer goes on, but the proxy no longer waits for it: it rejects with
 * `unavailable`, or with `unknown` for messages, which may still be written.
 */
export function logWithDeadline(log: Log, limitMs = LOG_LIMIT_MS, stalledCalls = new StalledCalls()): Log {
  const late = `the log did not answer within ${limitMs} ms`
  return around(log, (method, call, args) => {
    if (UNLIMITED.has(method)) return call()
    const work = call()
    return within(limitMs + waitMsOf(method, args), work, () => {
      stalledCalls.add(method, work)
      if (method === 'send') return new LogError('unknown', `${late}: messages may have been written`)
      return new LogError('unavailable', late)
    })
  })
}

/** How long the caller of `read(at, max, waitMs)` lets the log wait for messages. */
const waitMsOf = (method: string, [, , waitMs]: readonly unknown[]): number =>
  method === 'read' && typeof waitMs === 'number' ? waitMs : 0

/** Settles with the work, or rejects with `unavailable` after the limit. */
export const answered = <T>(work: Promise<T>, limitMs = LOG_LIMIT_MS): Promise<T> =>
  within(limitMs, work, () => new LogError('unavailable', `the log did not answer within ${Math.ceil(limitMs)} ms`))
