/** Measures decisions per second through Kafka and MongoDB; the baseline does the same work one message at a time. */
import { randomUUID } from 'node:crypto'
import { deadLetterTopicOf, plannedTopics, type TopicNames } from '#domain/topics.ts'
import type { Log } from '#log/log.ts'
import { openKafkaLog } from '#log/kafka/kafka-log.ts'
import { createLogger, printTrouble } from '#platform/log-line.ts'
import { localKeys } from '#platform/tokens.ts'
import { COLLECTIONS } from '#processor/collections.ts'
import { DECISIONS } from '#processor/decisions/decisions.ts'
import { ANALYTICS } from '#processor/sinks/analytics.ts'
import { NOTIFICATIONS } from '#processor/sinks/notifications.ts'
import { VIEWS } from '#processor/sinks/views.ts'
import { composeProcessor } from '#processor/compose.ts'
import { COMMAND_KEYS } from '#platform/testing/command-keys.ts'
import { type ProcessorRole, ROLES } from '#processor/roles.ts'
import { ownTopics } from '#processor/testing/own-topics.ts'
import { openMongodbStore } from '#store/mongodb/mongodb-store.ts'
import { mean, secondsOf, until } from './figures.ts'
import { isDone } from './lag.ts'
import { oneAfterTheOther } from './one-after-the-other.ts'
import { messagesOf, sendAll } from './requests.ts'
import type { ReportProgress } from '../scripts/stack/download.ts'
import type { Row, Servers } from './measure.ts'
import { Spent } from './spent.ts'

/** The API gets no requests. */
const NO_TOKENS = { keys: localKeys({ keys: [] }), issuer: '', audience: '' }

const LISTINGS = 200

/** The slow baseline gets fewer requests. It is measured before and after, because the machine's speed drifts. */
const REQUESTS_ONE_BY_ONE = 1_000

const LIMIT_MS = 600_000

const SINKS: Partial<Record<ProcessorRole, string>> = {
  views: VIEWS,
  notifications: NOTIFICATIONS,
  analytics: ANALYTICS,
}

export async function benchDecisions(servers: Servers, progress: ReportProgress, requests: number): Promise<Row[]> {
  progress(`one message at a time, ${REQUESTS_ONE_BY_ONE} requests`)
  const before = await oneByOne(servers)
  progress(`Reservoir, ${requests} requests over ${LISTINGS} listings, only the group that decides`)
  const decisions = await ours(servers, ['decisions'], requests)
  progress('Reservoir, all groups at the same time')
  const everything = await ours(servers, ROLES, requests)
  progress('one message at a time, again')
  const baseline = mean([before, await oneByOne(servers)])
  const row = (what: string, rate: number): Row => ({
    what,
    figure: `${Math.round(rate)}/s`,
    baseline: `${Math.round(baseline)}/s`,
    ratio: rate / baseline,
    aim: 'at least 10',
  })
  const rows = (what: string, { rate, spent }: Decided): Row[] => [row(what, rate), ...spent]
  return [
    ...rows('decisions', decisions),
    ...rows('decisions, together with views, notifications, analytics', everything),
    { ...row('all groups, until the last one has committed', requests / everything.allSeconds), aim: '' },
  ]
}

const topicsOfThisRun = (): TopicNames => ownTopics(`bench-${randomUUID().slice(0, 8)}`)

async function oneByOne({ brokers, mongodbUri }: Servers): Promise<number> {
  const topics = topicsOfThisRun()
  const log = openKafkaLog({ brokers: brokers.split(',') })
  try {
    await log.createTopics(plannedTopics(topics))
    await sendAll(log, [...messagesOf({ topic: topics.requests, listings: LISTINGS, requests: REQUESTS_ONE_BY_ONE })])
    const seconds = await oneAfterTheOther({ brokers, mongodbUri, topics, count: LISTINGS + REQUESTS_ONE_BY_ONE })
    return (LISTINGS + REQUESTS_ONE_BY_ONE) / seconds
  } finally {
    await log.close()
  }
}

interface Decided {
  rate: number
  /** Seconds until the last group has committed every message. */
  allSeconds: number
  /** The share of the time that each kind of call takes. */
  spent: Row[]
}

/** Sends all messages before the first member joins, and ends when the group has committed all of them. */
async function ours(
  { brokers, mongodbUri }: Servers,
  roles: readonly ProcessorRole[],
  requests: number,
): Promise<Decided> {
  const topics = topicsOfThisRun()
  const spent = new Spent()
  const log = spent.watch.log(openKafkaLog({ brokers: brokers.split(',') }))
  const database = topics.requests
  const { onCommand } = spent
  const store = await openMongodbStore({ uri: mongodbUri, database, collections: COLLECTIONS, onCommand })
  try {
    await log.createTopics(plannedTopics(topics))
    await sendAll(log, [...messagesOf({ topic: topics.requests, listings: LISTINGS, requests })])
    const logger = createLogger('processor', printTrouble)
    const parts = { log, store, topics, tokens: NO_TOKENS, commandKeys: COMMAND_KEYS, logger }
    let processor
    const seconds = await secondsOf(async () => {
      spent.begin()
      processor = await composeProcessor({ ...parts, roles })
      await until('every command is decided', async () => isDone(log, DECISIONS, topics.requests), LIMIT_MS)
    })
    const rows = spent.rows(requests, seconds)
    const groups = roles.flatMap((role) => SINKS[role] ?? [])
    const more = await secondsOf(async () => {
      for (const group of groups) {
        await until(`${group} is done`, async () => isDone(log, group, topics.bookings), LIMIT_MS)
      }
    })
    await processor!.close()
    await checkCounts(log, topics, LISTINGS + requests)
    return { rate: (LISTINGS + requests) / seconds, allSeconds: seconds + more, spent: rows }
  } finally {
    await log.close()
    await store.close()
  }
}

/** Rejects the figure if the processor has lost a booking. */
async function checkCounts(log: Log, topics: TopicNames, commands: number): Promise<void> {
  const count = async (topic: string): Promise<number> =>
    (await log.bounds(topic)).reduce((sum, { first, end }) => sum + end - first, 0)
  const events = await count(topics.bookings)
  const dead = await count(deadLetterTopicOf(topics.requests))
  if (events >= commands && dead === 0) return
  throw new Error(`${commands} commands resulted in ${events} events and ${dead} dead letters`)
}
