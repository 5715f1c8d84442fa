import { LogError, type Log } from '#log/log.ts'
import { within } from '#platform/deadline.ts'
import { StalledCalls } from './stalled-calls.ts'

/** Clients are answered within five seconds, whatever becomes of the log. */
export const LOG_LIMIT_MS = 4_800

/**
 * A log that answers in time. What takes longer is not stopped, for it cannot be, but no longer waited for: a question is
 * then `unavailable`, and a message, which may be written yet, `unknown`.
 */
export function patientLog(log: Log, limitMs = LOG_LIMIT_MS, stalledCalls = new StalledCalls()): Log {
  const late = `the log did not answer within ${limitMs} ms`
  const answered = <T>(name: string, work: Promise<T>, waitMs = 0): Promise<T> =>
    within(waitMs + limitMs, work, () => {
      stalledCalls.add(name, work)
      return new LogError('unavailable', late)
    })
  const sent = <T>(work: Promise<T>): Promise<T> =>
    within(limitMs, work, () => {
      stalledCalls.add('send', work)
      return new LogError('unknown', `${late}: messages may have been written`)
    })
  return {
    send: (messages) => sent(log.send(messages)),
    run: (options, handle) => log.run(options, handle),
    read: (at, max, waitMs) => answered('read', log.read(at, max, waitMs), waitMs),
    bounds: (topic) => answered('bounds', log.bounds(topic)),
    since: (topic, timestamp) => answered('since', log.since(topic, timestamp)),
    committed: (group, topic) => answered('committed', log.committed(group, topic)),
    setOffsets: (group, topic, offsets) => log.setOffsets(group, topic, offsets),
    topics: () => answered('topics', log.topics()),
    createTopics: (topics) => log.createTopics(topics),
    close: () => log.close(),
  }
}

/** Settles with the work, or rejects with `unavailable` after the limit. */
export const answered = <T>(work: Promise<T>): Promise<T> =>
  within(LOG_LIMIT_MS, work, () => new LogError('unavailable', `the log did not answer within ${LOG_LIMIT_MS} ms`))
