import { LogError, type Log } from '#log/log.ts'

/** Clients are answered within five seconds, whatever becomes of the log. */
export const LOG_LIMIT_MS = 4_800

/**
 * A log that answers in time. What takes longer is not stopped, for it cannot be, but no longer waited for: a question is
 * then `unavailable`, and a message, which may be written yet, `unknown`.
 */
export function patientLog(log: Log, limitMs = LOG_LIMIT_MS): Log {
  const answered = <T>(work: Promise<T>, waitMs = 0): Promise<T> =>
    within(waitMs + limitMs, work, () => new LogError('unavailable', `the log did not answer within ${limitMs} ms`))
  const unknown = (): LogError =>
    new LogError('unknown', `the log did not answer within ${limitMs} ms: messages may have been written`)
  return {
    send: (messages) => within(limitMs, log.send(messages), unknown),
    run: (options, handle) => log.run(options, handle),
    read: (at, max, waitMs) => answered(log.read(at, max, waitMs), waitMs),
    bounds: (topic) => answered(log.bounds(topic)),
    since: (topic, timestamp) => answered(log.since(topic, timestamp)),
    committed: (group, topic) => answered(log.committed(group, topic)),
    topics: () => answered(log.topics()),
    createTopics: (topics) => log.createTopics(topics),
    close: () => log.close(),
  }
}

/** The work's own error is told, if it comes in time. */
export function within<T>(ms: number, work: Promise<T>, tooLate: () => Error): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(tooLate()), ms)
    work.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}
