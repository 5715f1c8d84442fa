import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Booking } from '#domain/booking.ts'
import type { Command } from '#domain/command.ts'
import { commandIdOf } from '#domain/ids.ts'
import { DEFAULT_RULES, type Listing } from '#domain/listing.ts'
import type { Notification } from '#domain/notification.ts'
import { plannedTopics, TOPICS } from '#domain/topics.ts'
import { textOf } from '#log/conformance/scene.ts'
import { openEmbeddedLog } from '#log/embedded/embedded-log.ts'
import { type Log, LogError, type RunOptions } from '#log/log.ts'
import { around } from '#platform/around.ts'
import { type Logger, messageOf, SILENT } from '#platform/log-line.ts'
import { openEmbeddedStore } from '#store/embedded/embedded-store.ts'
import { type Doc, type Store, StoreError } from '#store/store.ts'
import { COLLECTIONS } from './collections.ts'
import { DECISIONS } from './decisions/decisions.ts'
import { type Processor, startProcessor } from './processor.ts'
import { TIMER } from './proposers/timer/timer.ts'
import { BILLING } from './proposers/billing/billing.ts'
import { openGateway } from './proposers/billing/open.ts'
import { ROLES } from './roles.ts'
import { ANALYTICS } from './sinks/analytics.ts'
import { NOTIFICATIONS } from './sinks/notifications.ts'
import { type StoredReceipt, VIEWS } from './sinks/views.ts'
import { createMonitor } from './upkeep/monitor/monitor.ts'
import { COMMAND_KEYS } from '#platform/testing/command-keys.ts'
import { encodeSigned } from './testing/signed-commands.ts'

const LISTING: Listing = {
  id: 'listing-123',
  ownerId: 'owner-1',
  kind: 'stay',
  name: 'Beach house',
  capacity: 1,
  maxGuests: 4,
  price: { amount: 10_000, currency: 'EUR' },
  timeZone: 'UTC',
  confirmationPolicy: 'owner',
  ...DEFAULT_RULES,
}
const AT = '2026-11-21T10:00:00.000Z'
const owner = { role: 'owner', id: 'owner-1' } as const
const traveler = { role: 'traveler', id: 'traveler-1' } as const
const publish: Command = {
  type: 'PublishListing',
  id: 'publish',
  listingId: LISTING.id,
  actor: owner,
  at: AT,
  listing: LISTING,
}

const request = (id: string, checkIn: string, checkOut: string): Command => {
  const request = {
    listingId: LISTING.id,
    checkIn,
    checkOut,
    guests: 2,
    quantity: 1,
    specialRequests: null,
    paymentMethod: null,
    price: null,
  }
  return {
    type: 'RequestBooking',
    id,
    listingId: LISTING.id,
    actor: traveler,
    at: AT,
    bookingId: `b-${id}`,
    dialect: 'v1',
    request,
  }
}

const accept = (id: string, bookingId: string): Command => ({
  type: 'AcceptBooking',
  id,
  listingId: LISTING.id,
  actor: owner,
  at: AT,
  bookingId,
})

const logger: Logger = {
  ...SILENT,
  error: (_message, fields) => {
    throw new Error('no batch should fail here', { cause: fields?.['error'] })
  },
}

let log: Log
let store: Store
let processor: Processor | undefined
let woken: PromiseWithResolvers<void>

beforeEach(async () => {
  log = openEmbeddedLog({ file: ':memory:' })
  store = openEmbeddedStore({ file: ':memory:', collections: COLLECTIONS })
  await log.createTopics(plannedTopics(TOPICS))
  woken = Promise.withResolvers()
})

afterEach(async () => {
  await processor?.close()
  await log.close()
  await store.close()
})

const deps = () => ({
  log,
  store,
  topics: TOPICS,
  commandKeys: COMMAND_KEYS,
  waiters: { wake: () => woken.resolve() },
  logger,
  gateway: openGateway('embedded', { store, commandKeys: COMMAND_KEYS, edgeUrl: () => '', end: AbortSignal.abort() })!
    .gateway,
})

const start = async () => {
  processor = await startProcessor(deps())
}

const send = (...commands: Command[]) =>
  log.send(commands.map((command) => ({ topic: TOPICS.requests, ...encodeSigned(command) })))

/** Once this command has a receipt, every command before it has one too. */
async function receiptOf(commandId: string): Promise<StoredReceipt> {
  for (;;) {
    const next = woken.promise
    const receipt = await store.get<StoredReceipt>('receipts', commandId)
    if (receipt) return receipt
    await next
    woken = Promise.withResolvers()
  }
}

test('the processor decides commands, writes views, notifies the recipients and counts', async () => {
  await start()
  await send(publish, request('r1', '2027-01-01', '2027-01-03'), request('r2', '2027-01-02', '2027-01-04'))
  await send(accept('a1', 'b-r1'), accept('a2', 'b-r1'))

  expect(await receiptOf('r1')).toMatchObject({ outcome: 'booking.created', bookingId: 'b-r1' })
  expect(await receiptOf('r2')).toMatchObject({ outcome: 'booking.failed', reason: 'dates_unavailable' })
  expect(await receiptOf('a1')).toMatchObject({ outcome: 'booking.confirmed' })
  expect(await receiptOf('a2')).toMatchObject({ outcome: 'command.refused', reason: 'booking_already_decided' })
  expect(await store.get<Booking & Doc>('bookings', 'b-r1')).toMatchObject({ status: 'confirmed', version: 2 })

  await expect.poll(() => notificationsOf('traveler-1')).toEqual(['booking.failed', 'booking.confirmed'])
  await expect.poll(() => notificationsOf('owner-1')).toEqual(['booking.created'])
  await expect
    .poll(() => store.get('rollups', '2026-11-21|listing|listing-123'))
    .toMatchObject({ requested: 1, failed: 1, confirmed: 1, refused: 1, revenue: { EUR: 20_000 } })
})

async function notificationsOf(userId: string): Promise<string[]> {
  const query = { where: { userId }, order: { by: 'createdAt' }, limit: 10 }
  const { docs } = await store.scan<Notification & Doc>('notifications', query)
  return docs.toSorted((a, b) => b.type.localeCompare(a.type)).map(({ type }) => type)
}

const FOREIGN_HEADERS: [string, string | null][] = [
  ['ce_type', null],
  ['', ''],
  ['ce_type', null],
]

/** Refuses what a slow store does not finish within the limit of a call. */
const slowFor = (store: Store): Store =>
  around(store, async (method, call, args) => {
    const [, what, change] = args
    if (method === 'getMany' && (what as string[]).length > 60) throw new StoreError('unavailable', 'too slow to read')
    if (method === 'patch' && JSON.stringify(change).length > 60_000)
      throw new StoreError('unknown', 'too slow to write')
    return call()
  })

test('the processor handles a backlog with a store that is too slow for a full batch', async () => {
  const days = Array.from({ length: 300 }, (_, n) => new Date(Date.UTC(2030, 0, 2 * n)).toISOString().slice(0, 10))
  await send(publish, ...days.slice(1).map((day, n) => request(`r${n}`, days[n]!, day)))
  const failed = new Set<unknown>()
  const reporting: Logger = { ...SILENT, error: (_, fields) => void failed.add(fields?.['group']) }
  processor = await startProcessor({ ...deps(), store: slowFor(store), logger: reporting })
  await expect.poll(() => store.count('bookings', { listingId: LISTING.id }), { timeout: 20_000 }).toBe(299)
  await expect
    .poll(() => store.get('rollups', '2026-11-21|listing|listing-123'), { timeout: 20_000 })
    .toMatchObject({ requested: 299 })
  expect(failed).toContain(DECISIONS)
  const letters = await log.bounds(`${TOPICS.requests}.dlq`)
  expect(letters.every(({ end }) => end === 0)).toBe(true)
}, 60_000)

test('the processor sends unreadable messages to the dead letters with the reason, and continues', async () => {
  await start()
  const key = LISTING.id
  await log.send([
    { topic: TOPICS.requests, key, value: 'not JSON' },
    { topic: TOPICS.requests, key, value: '{"event_type":"booking_created"}' },
    { topic: TOPICS.requests, key, value: Uint8Array.of(0xff, 0xfe) },
    { topic: TOPICS.requests, key, value: null },
    { topic: TOPICS.requests, key, value: 'not JSON', headers: FOREIGN_HEADERS },
  ])
  await send(publish)
  expect(await receiptOf('publish')).toMatchObject({ outcome: 'listing.published' })

  const { partition } = (await send(publish))[0]!
  const dead = await log.read({ topic: `${TOPICS.requests}.dlq`, partition, offset: 0 }, 10, 1_000)
  const [text, json] = ['not JSON', '{"event_type":"booking_created"}'].map((text) => Buffer.from(text))
  expect(dead.map(({ value }) => value && Buffer.from(value))).toEqual([text, json, Buffer.of(0xff, 0xfe), null, text])
  const headers = dead.map((message) => new Map(message.headers.map(([name, value]) => [name, textOf(value)])))
  expect(headers.map((h) => h.get('x-original-offset'))).toEqual(['0', '1', '2', '3', '4'])
  expect(dead[4]!.headers.slice(0, 3).map(([name, value]) => [name, textOf(value)])).toEqual(FOREIGN_HEADERS)
  const reasons = headers.map((h) => h.get('x-error-reason'))
  expect(reasons.slice(0, 2)).toEqual([
    expect.stringMatching(/^SyntaxError: ./),
    expect.stringMatching(/^event_id: .*; timestamp: /),
  ])
  expect(reasons.slice(2)).toEqual([
    expect.stringMatching(/^TypeError: ./),
    expect.stringMatching(/empty/),
    expect.stringMatching(/^SyntaxError: ./),
  ])
})

test('the processor reports and counts dead letters that their topic refuses, and continues once it accepts them', async () => {
  const refused = new LogError('too_large', 'the message is too large')
  let accepts = false
  const sent = log.send.bind(log)
  log.send = (messages) =>
    accepts || messages[0]!.topic !== `${TOPICS.requests}.dlq` ? sent(messages) : Promise.reject(refused)
  const lines: [string, string][] = []
  const reporting: Logger = {
    ...SILENT,
    error: (line, fields) => void lines.push([line, messageOf(fields?.['error'])]),
  }
  const monitor = createMonitor()
  processor = await startProcessor({ ...deps(), logger: reporting, monitor })
  await log.send([{ topic: TOPICS.requests, key: LISTING.id, value: 'not JSON' }])
  await send(publish)
  await expect.poll(() => lines.length).toBeGreaterThan(1)
  const sentence = 'booking-requests.dlq accepts no dead letter: the message is too large'
  expect(new Set(lines.map((line) => line.join(': ')))).toEqual(new Set([`a batch failed: ${sentence}`]))
  const failed = /^processor_failed_batches_total{group="booking-decisions"} (\d+)$/m
  expect(Number(failed.exec(await monitor.metrics.registry.metrics())?.[1])).toBeGreaterThan(1)
  accepts = true
  expect(await receiptOf('publish')).toMatchObject({ outcome: 'listing.published' })
})

test('the processor accepts a documented request of a foreign producer', async () => {
  await start()
  const documented = {
    event_type: 'booking_created',
    event_id: 'e-1',
    timestamp: '2026-11-21T10:00:00Z',
    booking_id: 'foreign-1',
    listing_id: LISTING.id,
    guest_id: 'guest-9',
    host_id: 'owner-1',
    check_in: '2027-02-01',
    check_out: '2027-02-03',
    total_price: 200.0,
    status: 'pending',
    metadata: { guest_count: 2, special_requests: '' },
  }
  await send(publish)
  await log.send([{ topic: TOPICS.requests, key: LISTING.id, value: JSON.stringify(documented) }])
  const id = commandIdOf('guest-9', 'booking_created', LISTING.id, 'e-1')
  expect(await receiptOf(id)).toMatchObject({ outcome: 'booking.created', bookingId: 'foreign-1' })
})

test('the processor continues where it stopped and decides no command twice', async () => {
  await start()
  await send(publish, request('r1', '2027-01-01', '2027-01-03'))
  await receiptOf('r1')
  await processor!.close()
  await send(request('r1', '2027-01-01', '2027-01-03'), accept('a1', 'b-r1'))
  await start()
  expect(await receiptOf('a1')).toMatchObject({ outcome: 'booking.confirmed' })
  expect(await receiptOf('r1')).toMatchObject({ outcome: 'booking.created' })
})

test('the processor rejects topics with different numbers of partitions', async () => {
  const requests = 'other-requests'
  await log.createTopics([
    { topic: requests, partitions: 2 },
    { topic: `${requests}.dlq`, partitions: 2 },
  ])
  const topics = { ...TOPICS, requests }
  const started = startProcessor({ ...deps(), topics })
  await expect(started).rejects.toThrow('bookings has 3 partitions, other-requests has 2; they must be equal')
})

test('leaves every group that it has joined if it cannot join one', async () => {
  const others = ROLES.length - 1
  const joined = Promise.withResolvers<void>()
  let joins = 0
  const partial = around(log, async (method, call, args) => {
    if (method !== 'run') return call()
    if ((args[0] as RunOptions).group === VIEWS) {
      await joined.promise
      throw new LogError('unavailable', 'the coordinator does not answer')
    }
    const running = await call()
    if (++joins === others) joined.resolve()
    return running
  })
  const started = startProcessor({ ...deps(), log: partial })
  await expect(started).rejects.toThrow('the coordinator does not answer')
  // A log refuses to set the offsets of a group that has members.
  const topics = {
    [DECISIONS]: TOPICS.requests,
    [NOTIFICATIONS]: TOPICS.bookings,
    [ANALYTICS]: TOPICS.bookings,
    [TIMER]: TOPICS.bookings,
    [BILLING]: TOPICS.bookings,
  }
  expect(Object.keys(topics)).toHaveLength(others)
  for (const [group, topic] of Object.entries(topics)) await log.setOffsets(group, topic, [0, 0, 0])
})
