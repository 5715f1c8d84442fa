import { LogError, type Log, type NewTopic } from '#log/log.ts'
import { retry, within } from '#platform/deadline.ts'

const PAUSE_MS = 1_000
const ANSWER_MS = 10_000

interface Preparing {
  log: Log
  topics: readonly NewTopic[]
  /** Whether an error may pass by itself. */
  mayPass: (error: unknown) => boolean
  signal: AbortSignal
}

/**
 * Waits for the log and creates the topics. Resolves early when the signal aborts. Rejects with an error that does not pass by
 * itself, such as wrong credentials or a topic with a different number of partitions.
 */
export async function prepare({ log, topics, mayPass, signal }: Preparing): Promise<void> {
  const attempt = () => within(ANSWER_MS, makeTopics(log, topics), noAnswer)
  const retries = { pauseMs: () => PAUSE_MS, isTransient: mayPass, signal }
  await retry(attempt, retries).catch((error: unknown) => {
    if (!signal.aborted) throw error
  })
}

async function makeTopics(log: Log, topics: readonly NewTopic[]): Promise<void> {
  await (topics.length > 0 ? log.createTopics(topics) : log.topics())
}

const noAnswer = (): LogError => new LogError('unavailable', 'the log does not answer')
