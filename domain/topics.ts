/** One topic: what it holds, who writes it, who reads it, and how long messages are kept. */
interface TopicRow {
  name: string
  /** The setting that gives it another name. */
  setting?: string
  key: string
  /** How a message finds its partition, if not by its key. */
  partition?: string
  partitions: number
  /** Absent: for ever. */
  retentionMs?: number
  /** Processes and consumer groups. */
  writers: readonly string[]
  readers: readonly string[]
  content: string
}

const DAY_MS = 86_400_000

/** The number of every topic: a listing's commands and events have the same partition number. */
export const PARTITIONS = 3

/** The topics. A new topic is one entry here; each has a topic of dead letters beside it. */
export const TOPIC_TABLE = {
  requests: {
    name: 'booking-requests',
    setting: 'KAFKA_REQUEST_TOPIC',
    key: 'listing id',
    partitions: PARTITIONS,
    retentionMs: 7 * DAY_MS,
    writers: ['edge', 'booking-timer', 'booking-billing'],
    readers: ['booking-decisions'],
    content: 'every command',
  },
  bookings: {
    name: 'bookings',
    key: 'booking id; for events of a listing, listing id',
    partition: 'that of the listing',
    partitions: PARTITIONS,
    writers: ['booking-decisions'],
    readers: [
      'booking-views',
      'booking-notifications',
      'booking-analytics',
      'booking-timer',
      'booking-billing',
      'event streams',
    ],
    content: 'every event: the log of record',
  },
} as const satisfies Record<string, TopicRow>

export type TopicKey = keyof typeof TOPIC_TABLE

/** The names that the topics have in one installation. */
export type TopicNames = Record<TopicKey, string>

const ROWS = Object.entries(TOPIC_TABLE) as [TopicKey, TopicRow][]

/** @param settings may rename topics */
export const topicsNamedBy = (settings: Readonly<Record<string, unknown>>): TopicNames =>
  Object.fromEntries(
    ROWS.map(([key, { name, setting }]) => [key, (setting && settings[setting]) ?? name]),
  ) as TopicNames

export const TOPICS: TopicNames = topicsNamedBy({})

/** A sentence for each setting that names a topic like another one of ours, or like the dead letters of one. */
export function topicProblems(settings: Readonly<Record<string, unknown>>): string[] {
  const topics = topicsNamedBy(Object.fromEntries(Object.entries(settings).filter(([, value]) => value)))
  return ROWS.flatMap(([key, { setting }]) => {
    const others = Object.entries(topics).flatMap(([other, name]) => (other === key ? [] : [name]))
    const taken = [...others, ...Object.values(topics).map(deadLetterTopicOf)]
    return setting && taken.includes(topics[key])
      ? [`${setting} is ${topics[key]}, which is another topic of Reservoir; choose another name`]
      : []
  })
}

/** How long an operator can redrive dead letters. */
const DEAD_LETTERS_MS = 30 * DAY_MS

export const deadLetterTopicOf = (topic: string): string => `${topic}.dlq`

export interface TopicPlan {
  topic: string
  partitions: number
  /** Absent: for ever. */
  retentionMs?: number
}

/** What has to exist: the topics, then the topics of their dead letters. */
export function plannedTopics(topics: TopicNames): TopicPlan[] {
  const plans = ROWS.map(([key, { partitions, retentionMs }]) => ({
    topic: topics[key],
    partitions,
    ...(retentionMs !== undefined && { retentionMs }),
  }))
  const dead = plans.map(({ topic, partitions }) => ({
    topic: deadLetterTopicOf(topic),
    partitions,
    retentionMs: DEAD_LETTERS_MS,
  }))
  return [...plans, ...dead]
}
