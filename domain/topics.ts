/** The topics, who writes them and how long they are kept. Keys are given where the messages are made. */
export interface Topics {
  /** Every command, keyed by listing. */
  requests: string
  /** Every event, in the partition of its listing: the log of record. */
  bookings: string
}

export const TOPICS: Topics = { requests: 'booking-requests', bookings: 'bookings' }

/** Both topics have as many, so that a listing's commands and events share a partition number. */
export const PARTITIONS = 3

const DAY_MS = 86_400_000

export interface TopicPlan {
  topic: string
  partitions: number
  /** Absent: for ever. */
  retentionMs?: number
}

export const deadLetterTopicOf = (topic: string): string => `${topic}.dlq`

export function plannedTopics(topics: Topics): TopicPlan[] {
  const dead = (topic: string): TopicPlan => ({
    topic: deadLetterTopicOf(topic),
    partitions: PARTITIONS,
    retentionMs: 30 * DAY_MS,
  })
  return [
    { topic: topics.requests, partitions: PARTITIONS, retentionMs: 7 * DAY_MS },
    { topic: topics.bookings, partitions: PARTITIONS },
    dead(topics.requests),
    dead(topics.bookings),
  ]
}
