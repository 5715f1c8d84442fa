import { DEFAULT_RULES } from '#domain/listing.ts'
import { expect, onTestFinished, test } from 'vitest'
import type { Command } from '#domain/command.ts'
import { bookingIdOf } from '#domain/ids.ts'
import { openEmbeddedLog } from '#log/embedded/embedded-log.ts'
import { LogError, MAX_SEND, type Message, type Outgoing } from '#log/log.ts'
import { around } from '#platform/around.ts'
import { openEmbeddedStore } from '#store/embedded/embedded-store.ts'
import { StoreError } from '#store/store.ts'
import { COLLECTIONS } from '../collections.ts'
import { createDecisions, MAX_PATCH } from './decisions.ts'
import type { StoredListing } from './listing-document.ts'
import { COMMAND_KEYS } from '#platform/testing/command-keys.ts'
import { encodeSigned } from '../testing/signed-commands.ts'

const AT = '2026-11-21T10:00:00.000Z'
const common = { listingId: 'l1', at: AT } as const
const publish: Command = {
  ...common,
  type: 'PublishListing',
  id: 'publish',
  actor: { role: 'system', id: 'test' },
  listing: {
    id: 'l1',
    ownerId: 'o1',
    kind: 'hotel',
    name: 'Hotel',
    capacity: 10_000,
    maxGuests: 4,
    price: { amount: 1, currency: 'EUR' },
    timeZone: 'UTC',
    confirmationPolicy: 'owner',
    ...DEFAULT_RULES,
  },
}
const span = { checkIn: '2031-01-01', checkOut: '2031-01-02' }
const request = (n: number): Command => ({
  ...common,
  type: 'RequestBooking',
  id: `c${n}`,
  bookingId: bookingIdOf(`c${n}`),
  actor: { role: 'traveler', id: 't1' },
  dialect: 'v1',
  request: {
    listingId: 'l1',
    ...span,
    guests: 1,
    quantity: 1,
    specialRequests: null,
    price: null,
    paymentMethod: null,
  },
})

test('the decider splits many commands of one listing into patches, in order, and commits once', async () => {
  const log = openEmbeddedLog({ file: ':memory:' })
  const store = openEmbeddedStore({ file: ':memory:', collections: COLLECTIONS })
  onTestFinished(() => Promise.all([log.close(), store.close()]).then(() => undefined))
  await log.createTopics([{ topic: 'bookings', partitions: 1 }])
  const committed: number[] = []
  const commit = async (offset: number) => void committed.push(offset)
  const handle = createDecisions({
    log,
    store,
    commandKeys: COMMAND_KEYS,
    events: { topic: 'bookings', partitions: 1 },
  })
  const commands = [publish, ...Array.from({ length: 1_000 }, (_, n) => request(n))]
  const messages = commands.map((command, offset) => asRead({ topic: 'requests', ...encodeSigned(command) }, offset))

  await handle({ topic: 'requests', partition: 0, messages }, { signal: new AbortController().signal, commit })

  const document = await store.get<StoredListing>('listing_documents', 'l1')
  expect(document).toMatchObject({ rev: 9, seq: 1_001, pos: { 0: 1_000 } })
  expect(document!.recorded).toHaveLength(1)
  const events = [
    ...(await log.read({ topic: 'bookings', partition: 0, offset: 0 }, MAX_SEND, 0)),
    ...(await log.read({ topic: 'bookings', partition: 0, offset: 500 }, MAX_SEND, 0)),
    ...(await log.read({ topic: 'bookings', partition: 0, offset: 1_000 }, MAX_SEND, 0)),
  ]
  expect(events.map(({ value }) => JSON.parse(String(Buffer.from(value!))).data.seq)).toEqual(
    commands.map((_, n) => n + 1),
  )
  expect(committed).toEqual([1_000])
})

test('an outage of store or commits sends one dead letter for an unreadable message', async () => {
  const log = openEmbeddedLog({ file: ':memory:' })
  const store = openEmbeddedStore({ file: ':memory:', collections: COLLECTIONS })
  onTestFinished(() => Promise.all([log.close(), store.close()]).then(() => undefined))
  await log.createTopics(['bookings', 'requests.dlq'].map((topic) => ({ topic, partitions: 1 })))
  let [failingCalls, failingCommits] = [4, 4]
  const interrupted = around(store, async (_method, call) => {
    if (failingCalls-- > 0) throw new StoreError('unavailable', 'MongoDB does not answer')
    return call()
  })
  const committed: number[] = []
  const commit = async (offset: number): Promise<void> => {
    if (failingCommits-- > 0) throw new LogError('unavailable', 'the coordinator does not answer')
    committed.push(offset)
  }
  const handle = createDecisions({
    log,
    store: interrupted,
    commandKeys: COMMAND_KEYS,
    events: { topic: 'bookings', partitions: 1 },
  })
  const unreadable = asRead({ topic: 'requests', key: 'l1', value: 'not JSON' }, 0)
  const messages = [unreadable, asRead({ topic: 'requests', ...encodeSigned(publish) }, 1)]
  const lease = { signal: new AbortController().signal, commit }
  while (committed.length === 0) {
    await handle({ topic: 'requests', partition: 0, messages }, lease).catch((error: unknown) => {
      expect(error).toMatchObject({ code: 'unavailable' })
    })
  }
  expect(committed).toEqual([1])
  expect(await log.bounds('requests.dlq')).toEqual([{ partition: 0, first: 0, end: 1 }])
  expect(await log.bounds('bookings')).toEqual([{ partition: 0, first: 0, end: 1 }])
})

const DEPS = { commandKeys: COMMAND_KEYS, events: { topic: 'bookings', partitions: 1 }, pause: async () => {} }

async function openPorts() {
  const log = openEmbeddedLog({ file: ':memory:' })
  const store = openEmbeddedStore({ file: ':memory:', collections: COLLECTIONS })
  onTestFinished(() => Promise.all([log.close(), store.close()]).then(() => undefined))
  await log.createTopics(['bookings', 'requests.dlq'].map((topic) => ({ topic, partitions: 1 })))
  const eventsOf = async () => {
    const events = await log.read({ topic: 'bookings', partition: 0, offset: 0 }, MAX_SEND, 0)
    return events.map(({ value }) => JSON.parse(String(Buffer.from(value!))).data.command.id as string)
  }
  const deadLetters = async () => {
    const letters = await log.read({ topic: 'requests.dlq', partition: 0, offset: 0 }, MAX_SEND, 0)
    return letters.map(({ headers }) => {
      const texts = new Map(headers.map(([name, bytes]) => [name, bytes && String(Buffer.from(bytes))]))
      return ['x-original-offset', 'x-error-group', 'x-error-reason'].map((name) => texts.get(name))
    })
  }
  return { log, store, eventsOf, deadLetters }
}

const other: Command = {
  ...publish,
  id: 'other',
  listingId: 'l2',
  listing: { ...publish.listing, id: 'l2' },
}
const committed: number[] = []
const leased = () => {
  committed.length = 0
  return { signal: new AbortController().signal, commit: async (offset: number) => void committed.push(offset) }
}
const batchOf = (...commands: Command[]) => ({
  topic: 'requests',
  partition: 0,
  messages: commands.map((command, offset) => asRead({ topic: 'requests', ...encodeSigned(command) }, offset)),
})

test('a command that the store refuses becomes a dead letter, and the others of the partition are decided', async () => {
  const { log, store, eventsOf, deadLetters } = await openPorts()
  let attempts = 0
  const refusing = around(store, async (method, call, args) => {
    if (!['insert', 'patch'].includes(method) || !JSON.stringify(args).includes('"c2"')) return call()
    attempts++
    throw new StoreError('invalid', 'the document is too large')
  })
  const handle = createDecisions({ ...DEPS, log, store: refusing })
  await handle(batchOf(publish, request(1), request(2), other, request(3)), leased())

  expect(committed).toEqual([4])
  expect(new Set(await eventsOf())).toEqual(new Set(['publish', 'c1', 'c3', 'other']))
  expect(await deadLetters()).toEqual([['2', 'booking-decisions', 'StoreError: the document is too large']])
  expect(attempts).toBe(5)
})

test('a damaged document makes dead letters of its commands and does not block other listings', async () => {
  const { log, store, eventsOf, deadLetters } = await openPorts()
  await store.insert('listing_documents', { _id: 'l1', rev: 1 })
  await createDecisions({ ...DEPS, log, store })(batchOf(publish, other), leased())
  expect(committed).toEqual([1])
  expect(await eventsOf()).toEqual(['other'])
  expect(await deadLetters()).toMatchObject([['0', 'booking-decisions', expect.stringContaining('TypeError')]])
})

test('a command whose decision is recorded is never a dead letter, although its event is refused', async () => {
  const { log, store, deadLetters } = await openPorts()
  let isRefusing = true
  const refusing = around(log, async (method, call, args) => {
    const isEvent = method === 'send' && (args[0] as Outgoing[])[0]!.topic === 'bookings'
    if (isEvent && isRefusing) throw new LogError('invalid', 'the record is refused')
    return call()
  })
  const handle = createDecisions({ ...DEPS, log: refusing, store })
  await expect(handle(batchOf(publish, request(1)), leased())).rejects.toThrow('the record is refused')
  expect(committed).toEqual([])
  expect(await deadLetters()).toEqual([])
  isRefusing = false
  await handle(batchOf(publish, request(1)), leased())
  expect(committed).toEqual([1])
})

test('a document holds a bounded number of events while the log is unreachable', async () => {
  const { log, store } = await openPorts()
  const unreachable = around(log, async (method, call) => {
    if (method === 'send') throw new LogError('unavailable', 'no broker')
    return call()
  })
  const handle = createDecisions({ ...DEPS, log: unreachable, store })
  const commands = [publish, ...Array.from({ length: 6 * MAX_PATCH }, (_, n) => request(n))]
  // Each attempt reads the commands from another source partition, as misplaced ones are.
  for (let partition = 0; partition < 6; partition++) {
    const messages = commands.slice(partition * MAX_PATCH).map((command, i) => ({
      ...asRead({ topic: 'requests', ...encodeSigned(command) }, i),
      partition,
    }))
    await expect(handle({ topic: 'requests', partition, messages }, leased())).rejects.toThrow('no broker')
  }
  const document = await store.get<StoredListing>('listing_documents', 'l1')
  expect(document!.recorded).toHaveLength(MAX_PATCH)
})

function asRead({ topic, key, value, headers = [] }: Outgoing, offset: number): Message {
  const bytes = (text: unknown) => new TextEncoder().encode(text as string)
  const pairs = headers.map(([name, text]): [string, Uint8Array] => [name, bytes(text)])
  const timestamp = Date.parse(AT)
  return { topic, partition: 0, offset, key: bytes(key), value: bytes(value), headers: pairs, timestamp }
}
