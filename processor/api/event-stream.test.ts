import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Role } from '#domain/actor.ts'
import { encodeEvent } from '#domain/envelope.ts'
import type { Event } from '#domain/event.ts'
import { plannedTopics, TOPICS } from '#domain/topics.ts'
import { openEmbeddedLog } from '#log/embedded/embedded-log.ts'
import type { Log } from '#log/log.ts'
import { createSigner } from '#platform/testing/signer.ts'
import { openEmbeddedStore } from '#store/embedded/embedded-store.ts'
import type { Store } from '#store/store.ts'
import { COLLECTIONS } from '../collections.ts'
import { createApi } from './app.ts'
import type { StreamTimes } from './deps.ts'
import { createWaiters } from './waiters.ts'

const { tokens, sign } = await createSigner()

let log: Log
let store: Store
let app: ReturnType<typeof createApi>
let leaving: AbortController

beforeEach(async () => {
  log = openEmbeddedLog({ file: ':memory:' })
  store = openEmbeddedStore({ file: ':memory:', collections: COLLECTIONS })
  await log.createTopics(plannedTopics(TOPICS))
  leaving = new AbortController()
  app = createApp()
})

function createApp(streamTimes?: StreamTimes, read = log) {
  const report = ({ error }: { error: unknown }) => {
    throw error
  }
  const rest = { waiters: createWaiters(), closing: leaving.signal, now: Date.now, report, streamTimes }
  return createApi({ store, log: read, topics: TOPICS, tokens, ...rest })
}

afterEach(async () => {
  leaving.abort()
  await log.close()
  await store.close()
})

interface Frame {
  event?: string
  id?: string
  data?: string
}

const tokenOf = (role: Role, sub: string) => sign({ role, sub })

/** Opens a stream; what comes is read frame by frame, heartbeats and openings left out unless asked for. */
async function open(path: string, role: Role, sub: string, lastEventId?: string) {
  const token = await tokenOf(role, sub)
  const headers = new Headers({ authorization: `Bearer ${token}` })
  if (lastEventId) headers.set('last-event-id', lastEventId)
  const response = await app.request(path, { headers, signal: leaving.signal })
  if (!response.ok) return { status: response.status, next: () => Promise.reject(new Error(String(response.status))) }
  const frames = framesOf(response.body!.pipeThrough(new TextDecoderStream()))
  return { status: 200, next: async (): Promise<Frame> => (await frames.next()).value as Frame }
}

async function* framesOf(chunks: ReadableStream<string>): AsyncGenerator<Frame> {
  let text = ''
  for await (const chunk of chunks) {
    const parts = (text + chunk).split('\n\n')
    text = parts.pop()!
    for (const part of parts) {
      const fields = part.split('\n').map((line) => line.split(/: ?(.*)/s).slice(0, 2) as [string, string])
      yield Object.fromEntries(fields)
    }
  }
}

function eventOf(n: number, travelerId = 't1'): Event {
  const at = '2026-11-21T10:00:00.000Z'
  const dates = { checkIn: '2027-01-01', checkOut: '2027-01-02', createdAt: at, updatedAt: at, holdExpiresAt: null }
  const who = { id: `b${n}`, listingId: 'l1', ownerId: 'o1', travelerId }
  const rest = {
    kind: 'stay',
    guests: 1,
    quantity: 1,
    specialRequests: null,
    reason: null,
    version: 2,
    dialect: 'v1',
  } as const
  return {
    type: 'booking.confirmed',
    id: `c${n}:0`,
    seq: n,
    listingId: 'l1',
    at,
    actor: { role: 'owner', id: 'o1' },
    command: { id: `c${n}`, type: 'AcceptBooking', partition: 0, offset: n, events: 1 },
    bookingId: `b${n}`,
    previousStatus: 'pending',
    reason: null,
    booking: { ...who, ...dates, ...rest, price: { amount: 1, currency: 'EUR' }, status: 'confirmed' },
  }
}

const write = (partition: number, ...events: Event[]) =>
  log.send(events.map((event) => ({ topic: TOPICS.bookings, partition, ...encodeEvent(event) })))

test('an admin hears every event, from now on', async () => {
  await write(0, eventOf(1))
  const stream = await open('/v1/events/stream', 'admin', 'a1')
  expect(await stream.next()).toMatchObject({ event: 'open', id: '1.0.0' })
  await write(2, eventOf(2), eventOf(3, 't2'))
  expect(JSON.parse((await stream.next()).data!)).toMatchObject({ type: 'booking.confirmed', bookingId: 'b2' })
  expect(JSON.parse((await stream.next()).data!)).toMatchObject({ bookingId: 'b3' })
})

test('a stream goes on behind the event that was heard last', async () => {
  const first = await open('/v1/events/stream', 'admin', 'a1')
  await first.next()
  await write(0, eventOf(1))
  const { id } = await first.next()
  await write(1, eventOf(2))
  await write(0, eventOf(3))
  const second = await open('/v1/events/stream', 'admin', 'a1', id)
  await second.next()
  const heard = [await second.next(), await second.next()].map(
    ({ data }) => (JSON.parse(data!) as { bookingId: string }).bookingId,
  )
  expect(heard.sort()).toEqual(['b2', 'b3'])
})

test('a traveler hears their own notifications only', async () => {
  const stream = await open('/v1/notifications/stream', 'traveler', 't1')
  await stream.next()
  await write(0, eventOf(1, 't2'), eventOf(2, 't1'))
  const { event, data } = await stream.next()
  expect(event).toBe('notification')
  expect(JSON.parse(data!)).toMatchObject({ id: 'c2:0:traveler', bookingId: 'b2' })
})

test('events are for admins', async () => {
  expect((await open('/v1/events/stream', 'owner', 'o1')).status).toBe(403)
})

test.each(['x', '1.2', '9.9.9', '1.2.-3'])('an id that is none of ours is refused: %s', async (id) => {
  expect((await open('/v1/events/stream', 'admin', 'a1', id)).status).toBe(422)
})

test('whoever leaves in the middle of a batch misses nothing of it', async () => {
  const first = await open('/v1/events/stream', 'admin', 'a1')
  await first.next()
  await write(0, eventOf(1), eventOf(2), eventOf(3))
  const { id } = await first.next()
  const second = await open('/v1/events/stream', 'admin', 'a1', id)
  await second.next()
  expect(JSON.parse((await second.next()).data!)).toMatchObject({ bookingId: 'b2' })
})

describe('with short times', () => {
  const times = { retryMs: 7, heartbeatMs: 20, lifetimeMs: 200, stalledMs: 50 }

  test('a stream says that it lives, and ends with the word when to come back', async () => {
    app = createApp(times)
    const stream = await open('/v1/events/stream', 'admin', 'a1')
    expect(await stream.next()).toMatchObject({ event: 'open', retry: '7' })
    const later = [await stream.next(), await stream.next()]
    expect(later).toMatchObject([{ event: 'heartbeat', id: '0.0.0' }, { event: 'heartbeat' }])
    while ((await stream.next()) !== undefined);
  })

  test('for a reader that reads nothing no more is read than fits, and then it is dropped', async () => {
    let reads = 0
    const counted: Log = Object.create(log, {
      read: { value: (...at: Parameters<Log['read']>) => (reads++, log.read(...at)) },
      bounds: { value: (topic: string) => log.bounds(topic) },
    })
    app = createApp({ ...times, lifetimeMs: 60_000, heartbeatMs: 60_000 }, counted)
    const headers = { authorization: `Bearer ${await tokenOf('admin', 'a1')}` }
    const response = await app.request('/v1/events/stream', { headers })
    const many = (from: number) => Array.from({ length: 400 }, (_, i) => eventOf(from + i))
    for (let batch = 0; batch < 10; batch++) await write(0, ...many(400 * batch))
    // Not to read for a while is what is tested; there is nothing to wait for.
    await new Promise((resolve) => setTimeout(resolve, 3 * times.stalledMs))
    expect(reads).toBeLessThan(8)
    expect((await response.text()).match(/event: booking/g) ?? []).not.toHaveLength(4_000)
  })
})
