import { LogError, type Log, type NewTopic } from '#log/log.ts'
import { pause } from '#log/pause.ts'
import type { Logger } from '#platform/log-line.ts'
import { within } from './patient-log.ts'

const PAUSE_MS = 1_000
const ANSWER_MS = 10_000

interface Preparing {
  log: Log
  topics: readonly NewTopic[]
  /** Whether waiting may mend it. */
  mayPass: (error: unknown) => boolean
  logger: Logger
  signal: AbortSignal
}

/**
 * Waits for the log and makes the topics. A log that is not there yet is waited for; anything else, wrong credentials or
 * a topic with other partitions, rejects, because waiting would not mend it.
 */
export async function prepare({ log, topics, mayPass, logger, signal }: Preparing): Promise<void> {
  let told = false
  while (!signal.aborted) {
    try {
      return await within(ANSWER_MS, makeTopics(log, topics), noAnswer)
    } catch (error) {
      if (!mayPass(error)) throw error
      if (!told) logger.warn('waits for the log', { error })
      told = true
      await pause(PAUSE_MS, signal)
    }
  }
}

async function makeTopics(log: Log, topics: readonly NewTopic[]): Promise<void> {
  await (topics.length > 0 ? log.createTopics(topics) : log.topics())
}

const noAnswer = (): LogError => new LogError('unavailable', 'the log does not answer')
