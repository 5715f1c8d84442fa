import type { TopicNames } from '#domain/topics.ts'
import type { Handler, Log, RunOptions } from '#log/log.ts'
import type { Logger } from '#platform/log-line.ts'
import type { SigningKeys } from '#platform/signature.ts'
import type { Store } from '#store/store.ts'
import type { Waiters } from './api/waiters.ts'
import type { SendDeadLetters } from './dead-letters.ts'
import { createDecisions, DECISIONS } from './decisions/decisions.ts'
import { DocumentCache } from './decisions/document-cache.ts'
import { BILLING, createBilling } from './proposers/billing/billing.ts'
import type { Gateway } from './proposers/billing/gateway.ts'
import { type Propose, proposer } from './proposers/propose.ts'
import { createTimer, TIMER, type TimerSettings } from './proposers/timer/timer.ts'
import type { ProcessorRole } from './roles.ts'
import { ANALYTICS, createAnalytics } from './sinks/analytics.ts'
import { eventHandler, type Sink } from './sinks/events.ts'
import { createNotifications, NOTIFICATIONS } from './sinks/notifications.ts'
import { createViews, VIEWS } from './sinks/views.ts'
import type { Metrics } from './upkeep/monitor/metrics.ts'

/** One consumer group: its topic, its batches and its handler. */
export interface ConsumerGroup {
  /** The consumer group's id in the log. */
  name: string
  topic: keyof Pick<TopicNames, 'requests' | 'bookings'>
  /** The most messages in a batch. */
  maxBatch: number
  /** The pause before a batch that is not full, so that batches become larger and fewer. */
  pauseMs?: number
  /** Returns undefined if this process has nothing to do for the group. */
  create: (deps: GroupDeps) => GroupHandler | undefined
}

export interface GroupDeps {
  log: Log
  store: Store
  topics: TopicNames
  /** The number of partitions of each topic that the groups read. */
  partitions: number
  /** The keys that verify commands; the first one signs. */
  commandKeys: SigningKeys
  /** Sends the dead letters of a group. */
  deadLetters: (group: string) => SendDeadLetters
  metrics: Metrics
  /** Wakes the requests of this process that wait for a document. */
  wake: Waiters['wake']
  logger: Logger
  timer: TimerSettings
  /** Absent: nothing of ours decides about payments. */
  gateway?: Gateway | undefined
}

export interface GroupHandler {
  handle: Handler
  owned?: RunOptions['owned']
  /** Resolves when the work that {@link owned} has started has ended. */
  ended?: () => Promise<void>
}

/** A sink makes several writes per event, and a slow store must finish a full batch within the time limit of a call. */
const MAX_EVENTS = 200

/** Every group of the processor. A new group is an entry here, under its name in `roles.ts`. */
export const GROUPS: Readonly<Record<ProcessorRole, ConsumerGroup>> = {
  // One patch of a listing's document decides all of its commands, so large batches are cheaper.
  decisions: { name: DECISIONS, topic: 'requests', maxBatch: 2_000, create: createDecider },
  views: onEvents({ name: VIEWS, maxBatch: MAX_EVENTS }, ({ store, wake }) => createViews({ store, wake })),
  notifications: onEvents({ name: NOTIFICATIONS, maxBatch: MAX_EVENTS }, ({ store }) => createNotifications(store)),
  // One patch of a roll-up counts all of its events. No request waits for it, so it leaves the store to the other groups.
  analytics: onEvents({ name: ANALYTICS, maxBatch: 500, pauseMs: 100 }, ({ store }) => createAnalytics(store)),
  timer: { name: TIMER, topic: 'bookings', maxBatch: MAX_EVENTS, create: createTimerGroup },
  billing: { name: BILLING, topic: 'bookings', maxBatch: MAX_EVENTS, create: createBillingGroup },
}

function createDecider(deps: GroupDeps): GroupHandler {
  const { log, store, topics, partitions, commandKeys, deadLetters, metrics } = deps
  const cache = new DocumentCache()
  const counted = metrics.countingDecisions(log, topics.bookings)
  const events = { topic: topics.bookings, partitions }
  return {
    handle: createDecisions({ log: counted, store, cache, events, commandKeys, deadLetters: deadLetters(DECISIONS) }),
    owned: () => cache.clear(),
  }
}

function createTimerGroup(deps: GroupDeps): GroupHandler {
  const { log, store, topics, deadLetters, metrics, logger, timer: settings } = deps
  const propose = proposerOf(deps)
  const topic = topics.bookings
  const { sink, ...rounds } = createTimer({ log, store, propose, topic, settings, logger, metrics: metrics.timer })
  return { handle: eventHandler(sink, { deadLetters: deadLetters(TIMER) }), ...rounds }
}

function createBillingGroup(deps: GroupDeps): GroupHandler | undefined {
  const { store, deadLetters, logger, gateway } = deps
  if (!gateway) return undefined
  const sink = createBilling({ store, gateway, propose: proposerOf(deps), logger, now: Date.now })
  return { handle: eventHandler(sink, { deadLetters: deadLetters(BILLING) }) }
}

const proposerOf = ({ log, topics, partitions, commandKeys }: GroupDeps): Propose =>
  proposer({ log, requests: { topic: topics.requests, partitions }, commandKeys })

/** A group that applies the events of the log of record. */
function onEvents(
  group: Pick<ConsumerGroup, 'name' | 'maxBatch' | 'pauseMs'>,
  createSink: (deps: GroupDeps) => Sink,
): ConsumerGroup {
  const create = (deps: GroupDeps) => ({
    handle: eventHandler(createSink(deps), { deadLetters: deps.deadLetters(group.name) }),
  })
  return { ...group, topic: 'bookings', create }
}
