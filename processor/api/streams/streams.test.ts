import { Hono } from 'hono'
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import type { Role } from '#domain/actor.ts'
import { encodeEvent } from '#domain/dialects/registry.ts'
import type { Event } from '#domain/event.ts'
import { TOPICS } from '#domain/topics.ts'
import type { Message } from '#log/log.ts'
import { serve } from '#platform/node/serve.ts'
import { REPLAYS, STREAMS } from '../../limits.ts'
import { openTestApi, type TestApi, tokenOf } from '../../testing/api.ts'
import { countingReads } from '../../testing/counting-reads.ts'
import { eventOf } from '../../testing/events.ts'
import { createApi } from '../app.ts'
import type { ApiEnv } from '../deps.ts'
import { itemsIn, notificationsOf } from './entry.ts'
import { Streams } from './streams.ts'

let api: TestApi
let leaving: AbortController

beforeEach(async () => {
  api = await openTestApi()
  leaving = new AbortController()
})

afterEach(async () => {
  leaving.abort()
  await api.close()
})

interface Frame {
  event?: string
  id?: string
  data?: string
}

/** Opens a stream, whose frames are read one by one. */
async function open(path: string, role: Role, sub: string, lastEventId?: string) {
  const token = await tokenOf(role, sub)
  const headers = new Headers({ authorization: `Bearer ${token}` })
  if (lastEventId) headers.set('last-event-id', lastEventId)
  const response = await api.app.request(path, { headers, signal: leaving.signal })
  if (!response.ok) {
    const next = () => Promise.reject(new Error(String(response.status)))
    return { status: response.status, headers: response.headers, next, leave: async () => {} }
  }
  const frames = framesOf(response.body!.pipeThrough(new TextDecoderStream()))
  return {
    status: 200,
    headers: response.headers,
    next: async (): Promise<Frame> => (await frames.next()).value as Frame,
    leave: async () => void (await frames.return(undefined)),
  }
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

const write = (partition: number, ...events: Event[]) =>
  api.log.send(events.map((event) => ({ topic: TOPICS.bookings, partition, ...encodeEvent(event) })))

test('an admin receives every event from now on', async () => {
  await write(0, eventOf(1))
  const stream = await open('/v1/events/stream', 'admin', 'a1')
  expect(await stream.next()).toMatchObject({ event: 'open', id: expect.stringMatching(/^1\.0\.0-[0-9a-f]{8}$/) })
  await write(2, eventOf(2), eventOf(3, 't2'))
  expect(JSON.parse((await stream.next()).data!)).toMatchObject({ type: 'booking.confirmed', bookingId: 'b2' })
  expect(JSON.parse((await stream.next()).data!)).toMatchObject({ bookingId: 'b3' })
})

test('Last-Event-ID resumes after the last event received', async () => {
  const first = await open('/v1/events/stream', 'admin', 'a1')
  await first.next()
  await write(0, eventOf(1))
  const { id } = await first.next()
  await write(1, eventOf(2))
  await write(0, eventOf(3))
  const second = await open('/v1/events/stream', 'admin', 'a1', id)
  await second.next()
  const received = [await second.next(), await second.next()].map(
    ({ data }) => (JSON.parse(data!) as { bookingId: string }).bookingId,
  )
  expect(received.sort()).toEqual(['b2', 'b3'])
})

test('a traveler receives only their own notifications', async () => {
  const stream = await open('/v1/notifications/stream', 'traveler', 't1')
  await stream.next()
  await write(0, eventOf(1, 't2'), eventOf(2, 't1'))
  const { event, data } = await stream.next()
  expect(event).toBe('notification')
  expect(JSON.parse(data!)).toMatchObject({ id: 'c2:0:traveler', bookingId: 'b2' })
})

test('only admins may read events', async () => {
  expect((await open('/v1/events/stream', 'owner', 'o1')).status).toBe(403)
})

describe('a Last-Event-ID that is not a position of this log', () => {
  test.each(['x', '1.2', '9.9.9', '1.2.-3', '1.0.0-00000000'])('begins with a reset: %s', async (id) => {
    await write(0, eventOf(1))
    const stream = await open('/v1/events/stream', 'admin', 'a1', id)
    const position = expect.stringMatching(/^1\.0\.0-/)
    expect(await stream.next()).toMatchObject({ event: 'reset', data: '{"reason":"unknown"}', id: position })
    expect(await stream.next()).toMatchObject({ event: 'open', id: position })
    await write(0, eventOf(2))
    expect(JSON.parse((await stream.next()).data!)).toMatchObject({ bookingId: 'b2' })
  })

  test('begins with a reset when it is of a log that was made again, though its offsets exist', async () => {
    await write(0, eventOf(1))
    const { id } = await (await open('/v1/events/stream', 'admin', 'a1')).next()
    await api.close()
    api = await openTestApi()
    await write(0, eventOf(2), eventOf(3))
    expect(await (await open('/v1/events/stream', 'admin', 'a1', id)).next()).toMatchObject({ event: 'reset' })
  })
})

describe('a replay', () => {
  test('goes back over a bounded number of messages, and begins with a reset beyond it', async () => {
    const many = Array.from({ length: REPLAYS.messages }, (_, n) => eventOf(n))
    for (let n = 0; n < many.length; n += 500) await write(n % 1_000 === 0 ? 0 : 1, ...many.slice(n, n + 500))
    const all = await open('/v1/events/stream', 'admin', 'a1', '0.0.0')
    expect(await all.next()).toMatchObject({ event: 'open', id: '0.0.0' })
    for (const { id } of many.filter((_, n) => n % 1_000 < 500)) {
      expect(JSON.parse((await all.next()).data!)).toMatchObject({ id })
    }
    await write(2, eventOf(1))
    const late = await open('/v1/events/stream', 'admin', 'a1', '0.0.0')
    expect(await late.next()).toMatchObject({ event: 'reset', data: '{"reason":"too_far_back"}' })
    expect(await late.next()).toMatchObject({ event: 'open' })
    await write(2, eventOf(2))
    expect(JSON.parse((await late.next()).data!)).toMatchObject({ bookingId: 'b2' })
  })

  test('is followed by what happened meanwhile, without a gap or a repetition', async () => {
    const ids = Array.from({ length: 2_000 }, (_, n) => eventOf(n).id)
    const writing = (async () => {
      for (let n = 0; n < ids.length; n += 50) await write(0, ...ids.slice(n, n + 50).map((_, k) => eventOf(n + k)))
    })()
    const stream = await open('/v1/events/stream', 'admin', 'a1', '0.0.0')
    await stream.next()
    const received: string[] = []
    while (received.length < ids.length) {
      const { data } = await stream.next()
      if (data) received.push((JSON.parse(data) as Event).id)
    }
    await writing
    expect(received).toEqual(ids)
  })

  test('decodes only the messages that can concern its reader', async () => {
    let decoded = 0
    const decode = (message: Message) => (decoded++, itemsIn(message))
    const streams = new Streams({ ...api.deps, decode })
    const app = new Hono<ApiEnv>().get('/', (c) => {
      c.set('principal', { role: 'traveler', id: 't7' })
      return streams.open(c, notificationsOf('t7'))
    })
    await write(0, ...Array.from({ length: 300 }, (_, n) => eventOf(n, n === 200 ? 't7' : 't1')))
    const response = await app.request('/', { headers: { 'last-event-id': '0.0.0' }, signal: leaving.signal })
    const frames = framesOf(response.body!.pipeThrough(new TextDecoderStream()))
    await frames.next()
    expect(JSON.parse((await frames.next()).value.data)).toMatchObject({ bookingId: 'b200' })
    expect(decoded).toBe(1)
  })
})

describe('a principal with all streams that it may have', () => {
  const openAll = (path: string, sub: string, count: number, id?: string) =>
    Promise.all(Array.from({ length: count }, () => open(path, 'traveler', sub, id)))

  test('gets no other until one ends, while another principal gets one', async () => {
    const path = '/v1/notifications/stream'
    const streams = await openAll(path, 't1', STREAMS.share)
    expect(streams.map(({ status }) => status)).toEqual(streams.map(() => 200))
    const refused = await open(path, 'traveler', 't1')
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '1'])
    expect((await open(path, 'traveler', 't2')).status).toBe(200)
    await streams[0]!.next()
    await streams[0]!.leave()
    expect((await open(path, 'traveler', 't1')).status).toBe(200)
  })

  test('does not use up the replays of others', async () => {
    const stalled = Array.from({ length: 400 }, (_, n) => ({ ...eventOf(n), reason: 'x'.repeat(900) }) as Event)
    await write(0, ...stalled)
    const path = '/v1/notifications/stream'
    const unread = await Promise.all(
      Array.from({ length: REPLAYS.share + 1 }, async () => {
        const headers = { authorization: `Bearer ${await tokenOf('traveler', 't1')}`, 'last-event-id': '0.0.0' }
        return api.app.request(path, { headers, signal: leaving.signal })
      }),
    )
    expect(unread.map(({ status }) => status).sort((a, b) => a - b)).toEqual([
      ...Array<number>(REPLAYS.share).fill(200),
      429,
    ])
    expect((await open(path, 'traveler', 't2', '0.0.0')).status).toBe(200)
    expect((await open(path, 'traveler', 't1')).status).toBe(200)
  })
})

test('a reader that leaves in the middle of a batch misses nothing', async () => {
  const first = await open('/v1/events/stream', 'admin', 'a1')
  await first.next()
  await write(0, eventOf(1), eventOf(2), eventOf(3))
  const { id } = await first.next()
  const second = await open('/v1/events/stream', 'admin', 'a1', id)
  await second.next()
  expect(JSON.parse((await second.next()).data!)).toMatchObject({ bookingId: 'b2' })
})

test('a client that closes its connection ends the reading of the log', async () => {
  const counted = countingReads(api.log)
  const server = await serve(createApi({ ...api.deps, log: counted.log }).fetch, { port: 0 })
  onTestFinished(() => server.close(0))
  const headers = { authorization: `Bearer ${await tokenOf('admin', 'a1')}` }
  const connection = new AbortController()
  await fetch(`http://127.0.0.1:${server.port}/v1/events/stream`, { headers, signal: connection.signal })
  await expect.poll(counted.underWay).toBe(3)
  connection.abort()
  // The loop of each partition ends with a read that returns after the client has left.
  await expect
    .poll(async () => {
      for (const partition of [0, 1, 2]) await write(partition, eventOf(partition))
      return counted.underWay()
    })
    .toBe(0)
})

describe('with short limits', () => {
  const STALLED_MS = 300
  const streamTimes = { retryMs: 7, heartbeatMs: 20, lifetimeMs: 200, stalledMs: 50 }

  test('a stream sends heartbeats, states when to reconnect, and ends', async () => {
    await api.close()
    api = await openTestApi({ streamTimes })
    const stream = await open('/v1/events/stream', 'admin', 'a1')
    expect(await stream.next()).toMatchObject({ event: 'open', retry: '7' })
    const later = [await stream.next(), await stream.next()]
    expect(later).toMatchObject([{ event: 'heartbeat', id: '0.0.0' }, { event: 'heartbeat' }])
    while ((await stream.next()) !== undefined);
  })

  test('a reader that reads nothing is dropped, and does not hold up another', async () => {
    await api.close()
    api = await openTestApi({
      streamTimes: { retryMs: 7, heartbeatMs: 60_000, lifetimeMs: 60_000, stalledMs: STALLED_MS },
    })
    const headers = { authorization: `Bearer ${await tokenOf('admin', 'a1')}` }
    const stalled = await api.app.request('/v1/events/stream', { headers })
    const reading = await open('/v1/events/stream', 'admin', 'a1')
    await reading.next()
    const many = Array.from({ length: 4_000 }, (_, n) => eventOf(n))
    const writeAll = async () => {
      for (let n = 0; n < many.length; n += 400) await write(0, ...many.slice(n, n + 400))
    }
    const readAll = async () => {
      for (const { id } of many) expect(JSON.parse((await reading.next()).data!)).toMatchObject({ id })
    }
    await Promise.all([writeAll(), readAll()])
    // Not reading for a while is what is tested; there is no condition to wait for.
    await new Promise((resolve) => setTimeout(resolve, 2 * STALLED_MS))
    // The body ends because the stream was dropped, far from the last event.
    expect((await stalled.text()).match(/event: booking/g) ?? []).not.toHaveLength(many.length)
  })
})
