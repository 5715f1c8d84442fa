import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Booking, isLive } from '#domain/booking.ts'
import { instantOf } from '#domain/civil.ts'
import type { Command } from '#domain/command.ts'
import { decodeEvent } from '#domain/dialects/registry.ts'
import type { Event } from '#domain/event.ts'
import type { Listing } from '#domain/listing.ts'
import { accept, hotel, NOW, publish, request, stay } from '#domain/testing/samples.ts'
import { PARTITIONS, plannedTopics, TOPICS } from '#domain/topics.ts'
import { openEmbeddedLog } from '#log/embedded/embedded-log.ts'
import { type Log, LogError, type Message, type Outgoing } from '#log/log.ts'
import { around } from '#platform/around.ts'
import { type Logger, SILENT } from '#platform/log-line.ts'
import { COMMAND_KEYS } from '#platform/testing/command-keys.ts'
import { openEmbeddedStore } from '#store/embedded/embedded-store.ts'
import { type Doc, type Store, StoreError } from '#store/store.ts'
import { COLLECTIONS } from '../../collections.ts'
import { type Processor, type ProcessorDeps, startProcessor } from '../../processor.ts'
import { received } from '../../received.ts'
import { encodeSigned } from '../../testing/signed-commands.ts'
import { createMonitor } from '../../upkeep/monitor/monitor.ts'
import { TIMER } from './timer.ts'
import type { StoredTimer } from './timers.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const START = Date.parse(NOW)

let clock: number
let log: Log
let store: Store
let processors: Processor[]
let warnings: string[]

beforeEach(async () => {
  clock = START
  log = openEmbeddedLog({ file: ':memory:', now: () => clock })
  store = openEmbeddedStore({ file: ':memory:', collections: COLLECTIONS })
  processors = []
  warnings = []
  await log.createTopics(plannedTopics(TOPICS))
})

afterEach(async () => {
  await Promise.all(processors.map((processor) => processor.close()))
  await log.close()
  await store.close()
})

const warn: Logger['warn'] = (message) => void warnings.push(message)

async function start(changes: Partial<ProcessorDeps> = {}): Promise<Processor> {
  const deps = { log, store, topics: TOPICS, commandKeys: COMMAND_KEYS, logger: { ...SILENT, warn } }
  const timer = { intervalMs: 5, now: () => clock }
  const processor = await startProcessor({ ...deps, waiters: { wake: () => undefined }, timer, ...changes })
  processors.push(processor)
  return processor
}

const send = (...commands: Command[]) =>
  log.send(commands.map((command) => ({ topic: TOPICS.requests, ...encodeSigned(command) })))

const book = (n: number): Command => request({}, { id: `request-${n}`, bookingId: `b${n}`, at: instantOf(clock) })

const viewOf = (n: number) => store.get<Booking & Doc>('bookings', `b${n}`)

const becomes = (n: number, status: string) =>
  expect.poll(async () => (await viewOf(n))?.status, { timeout: 10_000 }).toBe(status)

async function timers(): Promise<StoredTimer[]> {
  const pages = Array.from({ length: PARTITIONS }, (_, partition) =>
    store.scan<StoredTimer>('timers', { where: { partition }, order: { by: 'dueAt' }, limit: 500 }),
  )
  return (await Promise.all(pages)).flatMap(({ docs }) => docs)
}

/** All messages of a topic. */
async function messagesOf(topic: string): Promise<Message[]> {
  const bounds = await log.bounds(topic)
  const partitions = bounds.map(({ partition, first }) => log.read({ topic, partition, offset: first }, 2_000, 0))
  return (await Promise.all(partitions)).flat()
}

const events = async (): Promise<Event[]> =>
  (await messagesOf(TOPICS.bookings)).map((message) => decodeEvent(received(message)))

const typesOf = async (): Promise<string[]> => (await events()).map(({ type }) => type)

const OWNER_DECIDES: Listing = { ...stay, timeZone: 'UTC' }

test('I14: a hold ends by itself, after one reminder, and the dates can be booked again', async () => {
  await start()
  await send(publish(OWNER_DECIDES), book(1))
  await expect.poll(timers).toHaveLength(1)
  clock += 18 * HOUR_MS
  await expect.poll(async () => (await viewOf(1))?.remindedAt).toBe(instantOf(clock))
  clock += 6 * HOUR_MS
  await becomes(1, 'expired')
  expect(await viewOf(1)).toMatchObject({ updatedAt: instantOf(clock), holdExpiresAt: null })
  await send(book(2))
  await becomes(2, 'pending')
  expect((await typesOf()).filter((type) => type !== 'listing.published')).toEqual([
    'booking.created',
    'booking.reminded',
    'booking.expired',
    'booking.created',
  ])
})

test('a confirmed booking is completed after its check-out, and no timer remains', async () => {
  await start()
  await send(publish(OWNER_DECIDES), book(1), accept({ bookingId: 'b1' }))
  await becomes(1, 'confirmed')
  clock = Date.parse('2026-12-03T00:00:00.000Z') - 1
  await expect.poll(timers).toMatchObject([{ _id: 'b1:2', dueAt: clock + 1 }])
  clock += 1
  await becomes(1, 'completed')
  await expect.poll(timers).toEqual([])
})

test('a timer that was off catches up, without reminders that are pointless by now', async () => {
  const before = await start()
  await send(publish({ ...hotel, capacity: 300 }), ...Array.from({ length: 250 }, (_, n) => book(n)))
  await expect.poll(timers, { timeout: 10_000 }).toHaveLength(250)
  await before.close()
  clock += 3 * DAY_MS
  await start()
  await expect.poll(timers, { timeout: 20_000 }).toEqual([])
  await becomes(0, 'expired')
  const found = await events()
  expect(found.filter(({ type }) => type === 'booking.expired')).toHaveLength(250)
  expect(found.filter(({ type }) => type === 'booking.reminded' || type === 'command.refused')).toEqual([])
}, 60_000)

test('a timer that was off handles the events it has missed before it proposes anything', async () => {
  const others = ['decisions', 'views'] as const
  const before = await start()
  await send(publish(OWNER_DECIDES), book(1))
  await expect.poll(timers).toHaveLength(1)
  await before.close()
  const without = await start({ roles: others })
  await send(accept({ bookingId: 'b1' }))
  await becomes(1, 'confirmed')
  await without.close()
  clock += DAY_MS
  await start()
  await expect.poll(timers).toMatchObject([{ _id: 'b1:2' }])
  expect(await typesOf()).not.toContain('command.refused')
  expect(await messagesOf(TOPICS.requests)).toHaveLength(3)
})

test('a clock that jumps far ahead expires, completes and reminds once, also with three processors', async () => {
  await Promise.all([start(), start(), start()])
  const capacity = 40
  await send(publish({ ...hotel, capacity }), ...Array.from({ length: capacity }, (_, n) => book(n)))
  await send(...Array.from({ length: 10 }, (_, n) => accept({ id: `accept-${n}`, bookingId: `b${n}` })))
  await expect.poll(timers, { timeout: 10_000 }).toHaveLength(capacity)
  await becomes(9, 'confirmed')
  clock += 20 * HOUR_MS
  await expect.poll(async () => (await viewOf(39))?.remindedAt, { timeout: 10_000 }).toBeTruthy()
  clock += 365 * DAY_MS
  await expect.poll(timers, { timeout: 20_000 }).toEqual([])
  await becomes(0, 'completed')
  await becomes(39, 'expired')
  const types = await typesOf()
  const counts = ['booking.reminded', 'booking.expired', 'booking.completed', 'command.refused'].map(
    (wanted) => types.filter((type) => type === wanted).length,
  )
  expect(counts).toEqual([30, 30, 10, 0])
}, 60_000)

test('a clock that goes back proposes nothing twice', async () => {
  await start()
  await send(publish(OWNER_DECIDES), book(1))
  await expect.poll(timers).toHaveLength(1)
  clock += 19 * HOUR_MS
  await expect.poll(async () => (await viewOf(1))?.version).toBe(2)
  clock -= 10 * HOUR_MS
  await expect.poll(timers).toMatchObject([{ _id: 'b1:2', dueAt: START + DAY_MS }])
  clock = START + DAY_MS
  await becomes(1, 'expired')
  expect((await typesOf()).filter((type) => type === 'booking.reminded')).toHaveLength(1)
})

test('a deadline that comes too early by the clock of the log is proposed again a minute later', async () => {
  const skewMs = 30_000
  const late = around(log, async (method, call, args) => {
    if (method !== 'send') return call()
    return call([(args[0] as Outgoing[]).map((message) => ({ timestamp: clock - skewMs, ...message }))])
  })
  await start({ log: late })
  await send(publish({ ...OWNER_DECIDES, confirmationPolicy: 'owner+payment' }), book(1))
  await send(accept({ bookingId: 'b1', at: NOW }))
  await becomes(1, 'accepted')
  clock += DAY_MS
  await expect.poll(typesOf).toContain('command.refused')
  await expect.poll(timers).toMatchObject([{ dueAt: clock + 60_000 }])
  clock += 60_000
  await becomes(1, 'expired')
  await expect.poll(timers).toEqual([])
})

test('an outage of store and log is waited for and reported once', async () => {
  let isOut = false
  let refused = 0
  const failing = <Port extends object>(port: Port, methods: string[], error: () => Error): Port =>
    around(port, async (method, call, args) => {
      if (!isOut || !methods.includes(method) || (method === 'scan' && args[0] !== 'timers')) return call()
      refused++
      throw error()
    })
  await start({
    log: failing(log, ['send'], () => new LogError('unavailable', 'no broker')),
    store: failing(store, ['scan'], () => new StoreError('unavailable', 'no server')),
  })
  await send(publish(OWNER_DECIDES), book(1))
  await expect.poll(timers).toHaveLength(1)
  isOut = true
  clock += DAY_MS
  await expect.poll(() => refused, { timeout: 10_000 }).toBeGreaterThan(9)
  isOut = false
  await becomes(1, 'expired')
  expect(warnings).toEqual(['waits for the log or the store'])
})

test('a timer is kept until the log has its command', async () => {
  let refused = 0
  const partial = around(log, async (method, call, args) => {
    const isDue = method === 'send' && (args[0] as Outgoing[])[0]?.topic === TOPICS.requests
    if (!isDue || refused >= 3) return call()
    refused++
    throw new LogError(refused === 1 ? 'overloaded' : 'unknown', 'no acknowledgement')
  })
  await start({ log: partial })
  await send(publish(OWNER_DECIDES), book(1))
  await expect.poll(timers).toHaveLength(1)
  clock += DAY_MS
  await becomes(1, 'expired')
  expect(refused).toBe(3)
})

test('a processor that has closed proposes nothing', async () => {
  let calls = 0
  const counted = around(store, async (method, call, args) => {
    if (method === 'scan' && args[0] === 'timers') calls++
    return call()
  })
  const processor = await start({ store: counted, roles: ['timer'] })
  await expect.poll(() => calls).toBeGreaterThan(2)
  await processor.close()
  const atClose = calls
  // Longer than several intervals of a timer that still runs.
  const other = await start({ roles: ['timer'] })
  await other.close()
  expect(calls).toBe(atClose)
})

test('the metrics count what was proposed, and what is due', async () => {
  const monitor = createMonitor()
  let isOut = true
  const blocked = around(log, async (method, call, args) => {
    if (isOut && method === 'send' && (args[0] as Outgoing[])[0]?.topic === TOPICS.requests)
      throw new LogError('unavailable', 'no broker')
    return call()
  })
  await start({ log: blocked, monitor })
  await send(publish({ ...hotel, capacity: 3 }), book(1), book(2), accept({ bookingId: 'b2' }))
  await becomes(2, 'confirmed')
  const said = () => monitor.metrics.registry.metrics()
  clock += DAY_MS
  await expect.poll(said).toMatch(/processor_timers_due\{partition="\d"\} 1/)
  expect(await said()).not.toContain('processor_timers_proposed_total{')
  isOut = false
  await becomes(1, 'expired')
  await expect.poll(said).toContain('processor_timers_proposed_total{type="ExpireBooking"} 1')
  await expect.poll(said).not.toMatch(/processor_timers_due\{partition="\d"\} 1/)
  const views = await Promise.all([viewOf(1), viewOf(2)])
  expect(views.map((view) => isLive(view!.status))).toEqual([false, true])
  await Promise.all(processors.splice(0).map((processor) => processor.close()))
  expect(await said()).not.toContain('processor_timers_due{')
})

test('the group of the timer reads the log of record', async () => {
  await start()
  await send(publish(OWNER_DECIDES))
  await expect.poll(async () => Math.max(...(await log.committed(TIMER, TOPICS.bookings)))).toBe(1)
})
