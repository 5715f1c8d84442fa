import { deadLetterTopicOf, type Topics } from '#domain/topics.ts'
import { type Handler, type Log, LogError, type Running } from '#log/log.ts'
import type { Store } from '#store/store.ts'
import { createDecisions, DECISIONS } from './decisions/decisions.ts'
import { DocumentCache } from './decisions/document-cache.ts'
import { ANALYTICS, createAnalytics } from './sinks/analytics.ts'
import { eventHandler, type Sink } from './sinks/events.ts'
import { createNotifications, NOTIFICATIONS } from './sinks/notifications.ts'
import { createViews, VIEWS } from './sinks/views.ts'

/** Which groups a process runs. */
export const ROLES = ['decisions', 'views', 'notifications', 'analytics'] as const
export type ProcessorRole = (typeof ROLES)[number]

export interface ProcessorDeps {
  log: Log
  store: Store
  topics: Topics
  roles?: readonly ProcessorRole[]
  /** Who waits for receipts in this process. */
  waiters: { wake: (commandIds: string[]) => void }
}

export interface Processor {
  /** Stops reading, finishes the batches under way, leaves the groups. */
  close(): Promise<void>
}

/** Joins the consumer groups: one that decides, and a group for each sink. */
export async function startProcessor({
  log,
  store,
  topics,
  roles = ROLES,
  waiters,
}: ProcessorDeps): Promise<Processor> {
  const partitions = await commonPartitions(log, topics)
  const onEvents = (group: string, sink: Sink) => join(log, group, topics.bookings, eventHandler(log, group, sink))
  const start: Record<ProcessorRole, () => Promise<Running>> = {
    decisions: () => decide(log, store, topics, partitions),
    views: () => onEvents(VIEWS, createViews({ store, wake: waiters.wake })),
    notifications: () => onEvents(NOTIFICATIONS, createNotifications(store)),
    analytics: () => onEvents(ANALYTICS, createAnalytics(store)),
  }
  const running = await Promise.all(roles.map((role) => start[role]()))
  return {
    async close() {
      await Promise.all(running.map((member) => member.close()))
    },
  }
}

function decide(log: Log, store: Store, { requests, bookings }: Topics, partitions: number): Promise<Running> {
  const cache = new DocumentCache()
  const handle = createDecisions({ log, store, cache, events: { topic: bookings, partitions } })
  return log.run({ group: DECISIONS, topics: [requests], owned: () => cache.clear() }, handle)
}

const join = (log: Log, group: string, topic: string, handle: Handler): Promise<Running> =>
  log.run({ group, topics: [topic] }, handle)

/** A listing's commands and events share a partition number, so both topics must have as many. */
async function commonPartitions(log: Log, { requests, bookings }: Topics): Promise<number> {
  const counts = new Map((await log.topics()).map(({ topic, partitions }) => [topic, partitions]))
  for (const topic of [requests, bookings, deadLetterTopicOf(requests), deadLetterTopicOf(bookings)]) {
    if (!counts.has(topic)) throw new LogError('not_found', `topic ${topic} does not exist; create it first`)
    if (counts.get(topic) !== counts.get(requests)) {
      throw new LogError(
        'invalid',
        `${topic} has ${counts.get(topic)} partitions, ${requests} has ${counts.get(requests)}; they must be equal`,
      )
    }
  }
  return counts.get(bookings)!
}
