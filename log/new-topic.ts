import { LogError, type NewTopic } from './log.ts'

/** The names that Kafka accepts, so that a system can move from the embedded log to Kafka. */
const NAME = /^(?!\.{1,2}$)[A-Za-z0-9._-]{1,249}$/

const MAX_PARTITIONS = 10_000

/** Checks a topic before it is created. Every driver calls it first. */
export function checkNewTopic({ topic, partitions, retentionMs }: NewTopic): void {
  if (!NAME.test(topic)) {
    throw invalid(
      `${JSON.stringify(topic)} is not a topic name: use 1 to 249 letters, digits, dots, underscores and hyphens`,
    )
  }
  if (!Number.isInteger(partitions) || partitions < 1 || partitions > MAX_PARTITIONS) {
    throw invalid(`${topic} must have 1 to ${MAX_PARTITIONS} partitions, not ${partitions}`)
  }
  if (retentionMs !== undefined && !(retentionMs > 0))
    throw invalid(`the retentionMs of ${topic} must be greater than 0`)
}

/** Another number of partitions would move keys to other partitions. */
export function checkSameCount({ topic, partitions }: NewTopic, present: number): void {
  if (partitions === present) return
  throw invalid(`${topic} exists with ${present} partitions, not ${partitions}: raise the count by a migration`)
}

const invalid = (message: string): LogError => new LogError('invalid', message)
