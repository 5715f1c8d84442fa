import { setTimeout as pause } from 'node:timers/promises'
import { deadLetterTopicOf, type Topics } from '#domain/topics.ts'
import { type Handler, type Log, LogError, type Running, type RunOptions } from '#log/log.ts'
import type { Store } from '#store/store.ts'
import { createDecisions, DECISIONS } from './decisions/decisions.ts'
import { DocumentCache } from './decisions/document-cache.ts'
import { runWatched } from './upkeep/monitor/watched-member.ts'
import { watchedLog, watchedStore } from './upkeep/monitor/watched-ports.ts'
import { createMonitor, type Monitor } from './upkeep/monitor/monitor.ts'
import { ANALYTICS, createAnalytics } from './sinks/analytics.ts'
import type { Waiters } from './api/waiters.ts'
import { type ProcessorRole, ROLES } from './roles.ts'
import { eventHandler, type Sink } from './sinks/events.ts'
import { createNotifications, NOTIFICATIONS } from './sinks/notifications.ts'
import { createViews, VIEWS } from './sinks/views.ts'

export interface ProcessorDeps {
  log: Log
  store: Store
  topics: Topics
  roles?: readonly ProcessorRole[]
  /** Who waits in this process for receipts and bookings. */
  waiters: Pick<Waiters, 'wake'>
  /** A batch that failed comes again; this tells why. */
  report: (failure: { group: string; topic: string; partition: number; error: unknown }) => void
  /** Where it shows that it goes on, and how fast; nobody looks, if absent. */
  monitor?: Monitor
}

export interface Processor {
  /** Stops reading, finishes the batches under way, leaves the groups. */
  close(): Promise<void>
}

/** Of one batch of the decider: each listing's document is written once for all of its commands, which is what takes time. */
const MAX_COMMANDS = 2_000

/** Of one batch of a sink, which writes several documents for each: a slow store is to get them done in the time of a call. */
const MAX_EVENTS = 200

/** Roll-ups are the fewer writes the more events are counted at once. */
const MAX_COUNTED = 500

/** How long roll-ups let everything else go first. */
const UNHURRIED_MS = 100

/** Joins the consumer groups: one that decides, and a group for each sink. */
export async function startProcessor(deps: ProcessorDeps): Promise<Processor> {
  const { topics, roles = ROLES, waiters, monitor = createMonitor() } = deps
  const { progress, metrics } = monitor
  const log = watchedLog(deps.log, progress)
  const store = watchedStore(deps.store, monitor)
  const partitions = await commonPartitions(log, topics)
  const cache = new DocumentCache()
  const events = { topic: topics.bookings, partitions }
  const join = (options: RunOptions, handle: Handler) => {
    const counted = metrics.counting(options.group, reporting(handle, options.group, deps.report))
    return runWatched(log, options, counted, monitor)
  }
  const onEvents = (group: string, sink: Sink, maxBatch = MAX_EVENTS) =>
    join({ group, topics: [topics.bookings], maxBatch }, eventHandler(log, group, sink))
  const start: Record<ProcessorRole, () => Promise<Running>> = {
    decisions: () => {
      const counting = { ...log, send: metrics.countingEvents(topics.bookings, (messages) => log.send(messages)) }
      const handle = createDecisions({ log: counting, store, cache, events })
      return join(
        { group: DECISIONS, topics: [topics.requests], maxBatch: MAX_COMMANDS, owned: () => cache.clear() },
        handle,
      )
    },
    views: () => onEvents(VIEWS, createViews({ store, wake: waiters.wake })),
    notifications: () => onEvents(NOTIFICATIONS, createNotifications(store)),
    analytics: () => onEvents(ANALYTICS, unhurried(createAnalytics(store)), MAX_COUNTED),
  }
  const running = await Promise.all(roles.map((role) => start[role]()))
  return {
    async close() {
      await Promise.all(running.map((member) => member.close()))
    },
  }
}

/** Its batches are larger and fewer for it, and the store is free for what somebody waits for; a full one means that it is behind. */
const unhurried =
  (sink: Sink): Sink =>
  async (events, partition) => {
    if (events.length < MAX_COUNTED) await pause(UNHURRIED_MS)
    await sink(events, partition)
  }

/** A lost lease is no failure: the batch is somebody else's. */
const reporting =
  (handle: Handler, group: string, report: ProcessorDeps['report']): Handler =>
  async (batch, lease) => {
    try {
      await handle(batch, lease)
    } catch (error) {
      if (!lease.signal.aborted) report({ group, topic: batch.topic, partition: batch.partition, error })
      throw error
    }
  }

/** A listing's commands and events share a partition number, so both topics must have as many. */
async function commonPartitions(log: Log, { requests, bookings }: Topics): Promise<number> {
  const counts = new Map((await log.topics()).map(({ topic, partitions }) => [topic, partitions]))
  for (const topic of [requests, bookings, deadLetterTopicOf(requests), deadLetterTopicOf(bookings)]) {
    if (!counts.has(topic)) throw new LogError('not_found', `topic ${topic} does not exist; create it first`)
    if (counts.get(topic) !== counts.get(requests)) {
      throw new LogError(
        'invalid',
        `${topic} has ${counts.get(topic)} partitions, ${requests} has ${counts.get(requests)}; they must be equal: ` +
          'raise the fewer, or let KAFKA_REQUEST_TOPIC name another topic',
      )
    }
  }
  return counts.get(bookings)!
}
