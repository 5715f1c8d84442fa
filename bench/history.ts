/**
 * Measures a decision on a listing with 10 000 past and 500 live bookings; the baseline is a listing with ten live ones. Each command
 * is a batch of its own, so that the figure has everything that one decision costs: the patch in the store and the send to the log.
 */
import { randomUUID } from 'node:crypto'
import { addDays, instantOf } from '#domain/civil.ts'
import type { Command, RequestBooking } from '#domain/command.ts'
import { plannedTopics, type TopicNames } from '#domain/topics.ts'
import { openKafkaLog } from '#log/kafka/kafka-log.ts'
import type { Lease, Log, Message } from '#log/log.ts'
import { COMMAND_KEYS } from '#platform/testing/command-keys.ts'
import { COLLECTIONS } from '#processor/collections.ts'
import { createDecisions } from '#processor/decisions/decisions.ts'
import { encodeSigned } from '#processor/testing/signed-commands.ts'
import { ownTopics } from '#processor/testing/own-topics.ts'
import { openMongodbStore } from '#store/mongodb/mongodb-store.ts'
import type { Store } from '#store/store.ts'
import { percentile } from '../scripts/figures/percentile.ts'
import { secondsOf } from './figures.ts'
import type { ReportProgress } from '../scripts/stack/download.ts'
import type { Row, Servers } from './measure.ts'
import { publish, request } from './requests.ts'

const PAST = 10_000
const LIVE = 500
const FEW = 10
const TIMES = 300
const WARM_UP = 50

/** A listing of the bench and the bookings that it has. */
interface Load {
  listing: number
  past: number
  live: number
}

const BUSY: Load = { listing: 0, past: PAST, live: LIVE }
const CALM: Load = { listing: 1, past: 0, live: FEW }

export async function benchHistory({ brokers, mongodbUri }: Servers, progress: ReportProgress): Promise<Row[]> {
  progress(`a decision on a listing with ${PAST} past and ${LIVE} live bookings, and on one with ${FEW}`)
  const topics = ownTopics(`bench-${randomUUID().slice(0, 8)}`)
  const log = openKafkaLog({ brokers: brokers.split(',') })
  const store = await openMongodbStore({ uri: mongodbUri, database: topics.requests, collections: COLLECTIONS })
  try {
    return [rowOf(await decisionsMs(log, store, topics))]
  } finally {
    await log.close()
    await store.close()
  }
}

interface Measured {
  busy: number[]
  calm: number[]
}

function rowOf({ busy, calm }: Measured): Row {
  const [ours, baseline] = [percentile(busy, 0.5), percentile(calm, 0.5)]
  return {
    what: `decision, ${PAST} past and ${LIVE} live bookings beside ${FEW}, p50`,
    figure: `${ours.toFixed(2)} ms (p99 ${percentile(busy, 0.99).toFixed(1)})`,
    baseline: `${baseline.toFixed(2)} ms (p99 ${percentile(calm, 0.99).toFixed(1)})`,
    ratio: ours / baseline,
    aim: 'about 1',
  }
}

/** Alternates between the listings, because the machine's speed drifts. */
export async function decisionsMs(log: Log, store: Store, topics: TopicNames): Promise<Measured> {
  await log.createTopics(plannedTopics(topics))
  const decide = await deciderOf(log, store, topics)
  for (const load of [BUSY, CALM]) await decide(historyOf(topics.requests, load))
  const measured: Measured = { busy: [], calm: [] }
  for (let i = 0; i < WARM_UP + TIMES; i++) {
    for (const [load, samples] of [
      [BUSY, measured.busy],
      [CALM, measured.calm],
    ] as const) {
      // The number of live bookings stays the same.
      for (const command of requestAndCancellation(topics.requests, load, i)) {
        const ms = (await secondsOf(() => decide([command]))) * 1000
        if (i >= WARM_UP) samples.push(ms)
      }
    }
  }
  return measured
}

type Decide = (commands: readonly Command[]) => Promise<void>

/** Hands commands to the handler of the deciding group, as batches of one partition. */
async function deciderOf(log: Log, store: Store, topics: TopicNames): Promise<Decide> {
  const { topic, partitions } = { topic: topics.bookings, partitions: (await log.bounds(topics.bookings)).length }
  const handle = createDecisions({ log, store, commandKeys: COMMAND_KEYS, events: { topic, partitions } })
  const lease: Lease = { signal: new AbortController().signal, commit: async () => {} }
  let offset = 0
  return async (commands) => {
    const messages = commands.map((command) => messageOf(topics.requests, command, offset++))
    await handle({ topic: topics.requests, partition: 0, messages }, lease)
  }
}

const encoder = new TextEncoder()

function messageOf(topic: string, command: Command, offset: number): Message {
  const { key, value, headers } = encodeSigned(command)
  const named = headers.map(([name, text]): [string, Uint8Array] => [name, encoder.encode(text)])
  const content = { key: encoder.encode(key), value: encoder.encode(value), headers: named }
  return { topic, partition: 0, offset, ...content, timestamp: Date.parse(command.at) }
}

/** No two requests of the bench have the same number. */
const numberOf = (listing: number, n: number): number => 2 * n + listing

const HOUR_MS = 3_600_000

/** The past bookings are an hour apart, and the last one has ended two months ago. */
const FIRST_MS = Date.now() - (PAST + 60 * 24) * HOUR_MS

/** Publishes a listing, completes its past bookings one after the other, and makes its live ones. */
function historyOf(prefix: string, { listing, past, live }: Load): Command[] {
  const nights = Array.from({ length: live }, (_, n) => request(prefix, numberOf(listing, PAST + n), listing, n))
  return [
    publish(prefix, listing),
    ...Array.from({ length: past }, (_, n) => ended(prefix, listing, n)).flat(),
    ...nights,
  ]
}

function ended(prefix: string, listing: number, n: number): Command[] {
  const at = instantOf(FIRST_MS + n * HOUR_MS)
  const [checkIn, checkOut] = [addDays(at.slice(0, 10), 1), addDays(at.slice(0, 10), 2)]
  const some = request(prefix, numberOf(listing, n), listing, 0)
  return [
    { ...some, at, request: { ...some.request, checkIn, checkOut } },
    { ...about(some), type: 'CompleteBooking', at: `${checkOut}T00:00:00.000Z` },
  ]
}

/** A night that no live booking has. */
const FREE_NIGHT = 1_000

function requestAndCancellation(prefix: string, { listing }: Load, i: number): Command[] {
  const some = request(prefix, numberOf(listing, PAST + LIVE + i), listing, FREE_NIGHT)
  return [some, { ...about(some), type: 'CancelBooking', at: some.at, reason: null }]
}

const about = ({ id, listingId, bookingId }: RequestBooking) => ({
  id: `end-${id}`,
  listingId,
  bookingId,
  actor: { role: 'system' as const, id: 'bench' },
})
