import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Answer, type Client, startTestSystem, type TestSystem } from '../system/system.ts'

/** The edge's promises about repetition, waiting, reading back and streams, on the whole system. */

let system: TestSystem
let traveler: Client
let owner: Client
let admin: Client

beforeAll(async () => {
  system = await startTestSystem({ RATE_LIMIT_PER_MINUTE: '0' })
  traveler = system.as('traveler', 'traveler-1')
  owner = system.as('owner', 'owner-1')
  admin = system.as('admin', 'admin-1')
})

afterAll(() => system.close())

let next = 0
/** A request for three nights that no other test books. */
function newRequest(changes: object = {}) {
  const day = (offset: number) => new Date(Date.UTC(2033, 0, 5 * next + offset)).toISOString().slice(0, 10)
  next++
  return { listingId: 'listing-123', checkIn: day(1), checkOut: day(4), guests: 2, ...changes }
}

const book = (body: object, headers: Record<string, string> = {}) => traveler('POST', '/v1/bookings', body, headers)
const times = <T>(count: number, work: (n: number) => Promise<T>) =>
  Promise.all(Array.from({ length: count }, (_, n) => work(n)))
const ascending = (a: number, b: number) => a - b
const plain = ({ status, body }: Answer) => ({ status, body })

describe('a request with an Idempotency-Key', () => {
  test('that is sent twenty times at once creates one booking and returns equal answers, also after a restart', async () => {
    const body = newRequest()
    const key = { 'Idempotency-Key': 'the-same-for-all' }
    const answers = await times(20, () => book(body, key))
    const [first] = answers.map(plain)
    expect(first!.status).toBe(201)
    for (const answer of answers) expect(plain(answer)).toEqual(first)

    await system.restart()
    const later = await book(body, key)
    expect(plain(later)).toEqual(first)
    expect(later.headers.get('idempotency-replayed')).toBe('true')
    const events = await traveler('GET', `/v1/bookings/${first!.body.id}/events`)
    expect(events.body.data).toHaveLength(1)
  })

  test('creates another booking for another traveler', async () => {
    const key = { 'Idempotency-Key': 'everybodys' }
    const mine = await book(newRequest(), key)
    const theirs = await system.as('traveler', 'traveler-2')('POST', '/v1/bookings', newRequest(), key)
    expect(theirs.body.id).not.toBe(mine.body.id)
    expect(theirs.headers.get('idempotency-replayed')).toBeNull()
  })

  test('returns 422 with another body', async () => {
    const key = { 'Idempotency-Key': 'used' }
    await book(newRequest(), key)
    expect(await book(newRequest(), key)).toMatchObject({ status: 422, body: { code: 'idempotency_key_reused' } })
    const racing = await times(2, (n) =>
      book(newRequest(), { 'Idempotency-Key': `raced`, 'X-Request-Id': `race-${n}` }),
    )
    expect(racing.map(({ status }) => status).sort(ascending)).toEqual([201, 422])
  })

  test('returns the same refusal again', async () => {
    const { body } = await book(newRequest(), { Prefer: 'wait=10' })
    await owner('POST', `/v1/bookings/${body.id}/reject`)
    const late = { 'Idempotency-Key': 'too-late' }
    const accept = () => owner('POST', `/v1/bookings/${body.id}/accept`, undefined, late)
    const [first, second] = [await accept(), await accept()]
    expect(first).toMatchObject({ status: 409, body: { code: 'booking_already_decided' } })
    const untraced = { requestId: null, traceparent: null }
    expect({ ...second.body, ...untraced }).toEqual({ ...first.body, ...untraced })
    expect(second.headers.get('idempotency-replayed')).toBe('true')
  })

  test('decides a booking once', async () => {
    const { body } = await book(newRequest(), { Prefer: 'wait=10' })
    const answers = await times(5, () =>
      owner('POST', `/v1/bookings/${body.id}/accept`, undefined, { 'Idempotency-Key': 'yes' }),
    )
    for (const answer of answers)
      expect(plain(answer)).toMatchObject({ status: 200, body: { status: 'confirmed', version: 2 } })
  })
})

describe('Prefer: wait', () => {
  test(
    'of fifty concurrent requests for the same nights one succeeds, in each of twenty rounds',
    { timeout: 60_000 },
    async () => {
      for (let round = 0; round < 20; round++) {
        const body = newRequest()
        const answers = await times(50, () => book(body, { Prefer: 'wait=10' }))
        const statuses = answers.map(({ status }) => status).sort(ascending)
        expect(statuses).toEqual([201, ...Array.from({ length: 49 }, () => 409)])
        const won = answers.find(({ status }) => status === 201)!
        expect(won.body.status).toBe('pending')
        expect(won.headers.get('preference-applied')).toBe('wait=10')
      }
    },
  )

  test('a decision with wait=0 does not wait', async () => {
    const { body } = await book(newRequest(), { Prefer: 'wait=10' })
    const answer = await owner('POST', `/v1/bookings/${body.id}/accept`, undefined, { Prefer: 'wait=0' })
    expect([200, 202]).toContain(answer.status)
  })
})

describe('a read with the Consistency-Token of a write', () => {
  test('always shows the write', { timeout: 120_000 }, async () => {
    for (let round = 0; round < 250; round++) {
      const about = newRequest()
      const requested = await book(about)
      const token = { 'Consistency-Token': requested.headers.get('consistency-token')! }
      const path = `/v1/bookings/${requested.body.id}`
      expect((await traveler('GET', '/v1/bookings?limit=1', undefined, token)).body.data[0].id).toBe(requested.body.id)
      const accepted = await owner('POST', `${path}/accept`)
      const after = { 'Consistency-Token': accepted.headers.get('consistency-token')! }
      const [list, summary, view] = await Promise.all([
        traveler('GET', '/v1/notifications?limit=1', undefined, after),
        admin('GET', '/v1/analytics/summary', undefined, after),
        traveler('GET', path, undefined, after),
      ])
      expect(list.body.data[0]).toMatchObject({ bookingId: requested.body.id, type: 'booking.confirmed' })
      expect(view.body.status).toBe('confirmed')
      expect(summary.body.confirmed).toBeGreaterThan(round)
    }
  })
})

describe('racing decisions', () => {
  const winner: Record<string, string> = { accept: 'confirmed', reject: 'rejected', cancel: 'cancelled' }

  test.each([
    ['accept', 'accept'],
    ['accept', 'reject'],
    ['reject', 'cancel'],
  ])('%s and %s: one succeeds, the other returns 409 with the booking that won', async (one, other) => {
    const { body } = await book(newRequest(), { Prefer: 'wait=10' })
    const answers = await Promise.all([one, other].map((verb) => owner('POST', `/v1/bookings/${body.id}/${verb}`)))
    const [won, lost] = answers.toSorted((a, b) => a.status - b.status) as [Answer, Answer]
    expect([won.status, lost.status]).toEqual([200, 409])
    expect(lost.body).toMatchObject({
      code: 'booking_already_decided',
      booking: { id: body.id, status: won.body.status },
    })
    expect([winner[one], winner[other]]).toContain(won.body.status)
  })

  test('a confirmed booking can be cancelled', async () => {
    const { body } = await book(newRequest(), { Prefer: 'wait=10' })
    await owner('POST', `/v1/bookings/${body.id}/accept`)
    expect(await traveler('POST', `/v1/bookings/${body.id}/cancel`)).toMatchObject({
      status: 200,
      body: { status: 'cancelled' },
    })
  })
})

describe('If-Match', () => {
  test('with If-Match decides only the given version', async () => {
    const requested = await book(newRequest(), { Prefer: 'wait=10' })
    expect(requested.headers.get('etag')).toBe('"1"')
    const path = `/v1/bookings/${requested.body.id}/accept`
    expect(await owner('POST', path, undefined, { 'If-Match': '"7"' })).toMatchObject({
      status: 412,
      body: { code: 'version_mismatch', booking: { version: 1 } },
    })
    expect(await owner('POST', path, undefined, { 'If-Match': 'nonsense' })).toMatchObject({ status: 412 })
    const accepted = await owner('POST', path, undefined, { 'If-Match': '"1"' })
    expect([accepted.status, accepted.headers.get('etag')]).toEqual([200, '"2"'])
  })
})

describe('a trace', () => {
  test('is propagated from the request through the log to events and problems', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
    const headers = { traceparent, 'X-Request-Id': 'my-request', Prefer: 'wait=10' }
    const stream = await listen('admin', 'admin-1', '/v1/events/stream')
    const { body } = await book(newRequest(), headers)
    const event = await stream.until((frame) => frame.bookingId === body.id)
    expect(event.command.trace).toEqual({ traceparent, requestId: 'my-request' })
    const { data } = (await traveler('GET', `/v1/bookings/${body.id}/events`)).body
    expect(data).toMatchObject([
      {
        trace: { traceparent, requestId: 'my-request' },
        actor: { role: 'traveler', id: 'traveler-1' },
        position: { partition: expect.any(Number), offset: expect.any(Number) },
      },
    ])
    expect(await book({}, headers)).toMatchObject({ status: 422, body: { requestId: 'my-request', traceparent } })
  })
})

describe('streams', () => {
  test('send decisions to the traveler and resume after the last event', async () => {
    const first = await listen('traveler', 'traveler-1', '/v1/notifications/stream')
    const { body: one } = await book(newRequest(), { Prefer: 'wait=10' })
    await owner('POST', `/v1/bookings/${one.id}/accept`)
    await first.until((frame) => frame.bookingId === one.id)
    first.leave()
    const { body: two } = await book(newRequest(), { Prefer: 'wait=10' })
    await owner('POST', `/v1/bookings/${two.id}/reject`, { reason: 'closed' })
    const second = await listen('traveler', 'traveler-1', '/v1/notifications/stream', first.lastId())
    expect(await second.until(() => true)).toMatchObject({ bookingId: two.id, type: 'booking.rejected' })
  })

  test('of all events are for admins only', async () => {
    expect(await traveler('GET', '/v1/events/stream')).toMatchObject({ status: 403 })
  })

  test.each(['nonsense', '1', '0.0.0.0', '-1.0.0', '1e3.0.0', '0.0.999999999999999', '0.0.0-00000000', '__proto__'])(
    'begin with a reset after %s, which is not a position of the log, and go on',
    async (lastEventId) => {
      const stream = await listen('admin', 'admin-1', '/v1/events/stream', lastEventId)
      expect(stream.first).toMatchObject({ event: 'reset', data: '{"reason":"unknown"}' })
      const { body } = await book(newRequest(), { Prefer: 'wait=10' })
      await stream.until((frame) => frame.bookingId === body.id)
      stream.leave()
    },
  )
})

// oxlint-disable-next-line typescript/no-explicit-any -- each test checks the shape that it expects
type Data = any

/** Reads a stream with fetch, as our own clients do, because EventSource cannot send a token. */
async function listen(role: 'traveler' | 'admin', sub: string, path: string, lastEventId?: string) {
  const leaving = new AbortController()
  const headers = new Headers({ Authorization: `Bearer ${await system.tokenOf(role, sub)}` })
  if (lastEventId) headers.set('Last-Event-ID', lastEventId)
  const response = await fetch(`http://127.0.0.1:${system.ports.edge}${path}`, { headers, signal: leaving.signal })
  expect(response.headers.get('content-type')).toContain('text/event-stream')
  // Behind nginx with its defaults, events would wait in a buffer.
  expect(response.headers.get('x-accel-buffering')).toBe('no')
  const chunks = response.body!.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  let last = ''
  async function frame(): Promise<Map<string, string>> {
    while (!text.includes('\n\n')) text += (await chunks.read()).value ?? ''
    const end = text.indexOf('\n\n')
    const fields = text
      .slice(0, end)
      .split('\n')
      .map((line) => line.split(/: ?(.*)/s).slice(0, 2) as [string, string])
    text = text.slice(end + 2)
    return new Map(fields)
  }
  const first = Object.fromEntries(await frame())
  return {
    first,
    lastId: () => last,
    leave: () => leaving.abort(),
    async until(wanted: (data: Data) => boolean): Promise<Data> {
      for (;;) {
        const fields = await frame()
        last = fields.get('id') ?? last
        const data = fields.get('data') ? JSON.parse(fields.get('data')!) : undefined
        if (data && wanted(data)) return data
      }
    },
  }
}
