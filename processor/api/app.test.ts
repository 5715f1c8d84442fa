import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Role } from '#domain/actor.ts'
import { emptyRollup } from '#domain/projections/analytics.ts'
import { TOPICS } from '#domain/topics.ts'
import type { Log } from '#log/log.ts'
import type { Store } from '#store/store.ts'
import { openTestApi, type TestApi, tokenOf } from '../testing/api.ts'
import type { Waiters } from './waiters.ts'

const NOW = Date.parse('2026-11-21T12:00:00Z')

let api: TestApi
let log: Log
let store: Store
let waiters: Waiters
let app: TestApi['app']

beforeEach(async () => {
  api = await openTestApi({ now: () => NOW })
  ;({ log, store, waiters, app } = api)
})

afterEach(() => api.close())

const ask = (path: string, role: Role = 'traveler', sub = 't1', method = 'GET') => api.ask(path, role, sub, { method })

const booking = (id: string, createdAt: string, changes: object = {}) => ({
  _id: id,
  id,
  listingId: 'l1',
  ownerId: 'o1',
  travelerId: 't1',
  status: 'pending',
  version: 1,
  createdAt,
  ...changes,
})

describe('bookings', () => {
  beforeEach(async () => {
    await store.insert('bookings', booking('b1', '2026-01-01', { status: 'confirmed' }))
    await store.insert('bookings', booking('b2', '2026-01-02'))
    await store.insert('bookings', booking('b3', '2026-01-03', { listingId: 'l2' }))
    await store.insert('bookings', booking('b4', '2026-01-04', { travelerId: 't2' }))
  })

  const ids = async (path: string, role?: Role, sub?: string) =>
    (await ask(path, role, sub)).body.data.map((one) => (one as { id: string }).id)

  test('are shown to whoever made them, owns the listing, or operates it all; newest first', async () => {
    expect(await ids('/v1/bookings')).toEqual(['b3', 'b2', 'b1'])
    expect(await ids('/v1/bookings', 'owner', 'o1')).toEqual(['b4', 'b3', 'b2', 'b1'])
    expect(await ids('/v1/bookings', 'owner', 'o2')).toEqual([])
    expect(await ids('/v1/bookings', 'admin', 'a1')).toEqual(['b4', 'b3', 'b2', 'b1'])
  })

  test('are filtered by status, by listing and by both', async () => {
    expect(await ids('/v1/bookings?status=pending')).toEqual(['b3', 'b2'])
    expect(await ids('/v1/bookings?listingId=l1')).toEqual(['b2', 'b1'])
    expect(await ids('/v1/bookings?listingId=l1&status=confirmed')).toEqual(['b1'])
  })

  test.each(['', '&listingId=l1'])('come in pages that miss and repeat none (%s)', async (filter) => {
    const seen: unknown[] = []
    let cursor: unknown = ''
    do {
      const { body } = await ask(`/v1/bookings?limit=1${filter}${cursor ? `&cursor=${cursor as string}` : ''}`)
      seen.push(...body.data.map((one) => (one as { id: string }).id))
      cursor = body.nextCursor
    } while (cursor)
    expect(seen).toEqual(filter ? ['b2', 'b1'] : ['b3', 'b2', 'b1'])
  })

  test('of somebody else do not exist', async () => {
    expect(await ask('/v1/bookings/b1')).toMatchObject({ status: 200, body: { id: 'b1', status: 'confirmed' } })
    expect(await ask('/v1/bookings/b4')).toMatchObject({ status: 404, body: { code: 'unknown_booking' } })
    expect(await ask('/v1/bookings/b1', 'owner', 'o2')).toMatchObject({ status: 404 })
    expect(await ask('/v1/bookings/b1', 'owner', 't1')).toMatchObject({ status: 404 })
  })

  test('are found by their id and by what a document calls them', async () => {
    const id = '6d4b0e9c-7a51-5f3e-9c22-0d8f4b7a1e55'
    const airbnbId = '6d4b0e9c7a515f3e9c220d8f'
    await store.insert('bookings', booking(id, '2026-01-05'))
    await store.insert('booking_aliases', { _id: airbnbId, bookingId: id })
    const { body } = await ask(`/v1/bookings/${id}`)
    expect((await ask(`/v1/bookings/${airbnbId}`)).body).toEqual(body)
    expect((await ask(`/v1/bookings/${airbnbId.toUpperCase()}`)).body).toEqual(body)
    expect(await ask(`/v1/bookings/${airbnbId}`, 'traveler', 't2')).toMatchObject({ status: 404 })
    expect(await ask('/v1/bookings/507f1f77bcf86cd799439011')).toMatchObject({ status: 404 })
  })

  test('that never were are not waited for', async () => {
    expect(await ask('/v1/bookings/nowhere')).toMatchObject({ status: 404, body: { code: 'unknown_booking' } })
  })

  test('that nobody has decided yet may still come: that is no 404', async () => {
    await log.send([{ topic: TOPICS.requests, partition: 0, value: '{}' }])
    expect(await ask('/v1/bookings/b9')).toMatchObject({ status: 503, body: { code: 'not_yet_visible' } })
  })

  test('that are on their way are waited for', async () => {
    await log.send([{ topic: TOPICS.requests, partition: 0, value: '{}' }])
    const asked = ask('/v1/bookings/b9')
    await store.insert('bookings', booking('b9', '2026-01-09'))
    waiters.wake('booking', 'b9')
    expect(await asked).toMatchObject({ status: 200, body: { id: 'b9' } })
  })

  test('answer nonsense in the query with what is wrong', async () => {
    expect(await ask('/v1/bookings?limit=0')).toMatchObject({ status: 422, body: { errors: [{ pointer: 'limit' }] } })
    expect(await ask('/v1/bookings?cursor=x')).toMatchObject({ status: 400, body: { code: 'invalid_cursor' } })
    expect(await ask('/v1/bookings?role=admin')).toMatchObject({ status: 403, body: { code: 'forbidden' } })
  })
})

describe('notifications', () => {
  beforeEach(async () => {
    for (const [id, userId] of [
      ['n1', 't1'],
      ['n2', 't1'],
      ['n3', 't2'],
    ] as const) {
      await store.insert('notifications', { _id: id, id, userId, createdAt: id, readAt: null })
    }
  })

  test('are read once, by whom they are for', async () => {
    expect(await ask('/v1/notifications/n1/read', 'traveler', 't1', 'POST')).toMatchObject({
      status: 200,
      body: { readAt: '2026-11-21T12:00:00.000Z' },
    })
    expect(await ask('/v1/notifications/n3/read', 'traveler', 't1', 'POST')).toMatchObject({ status: 404 })
    expect((await ask('/v1/notifications?unread=true')).body.data).toMatchObject([{ id: 'n2' }])
    expect((await ask('/v1/notifications')).body.data).toMatchObject([{ id: 'n2' }, { id: 'n1' }])
  })

  test('are all read at once', async () => {
    expect(await ask('/v1/notifications/read-all', 'traveler', 't1', 'POST')).toMatchObject({
      body: { read: 2, more: false },
    })
    expect((await ask('/v1/notifications?unread=true')).body.data).toEqual([])
    expect((await ask('/v1/notifications?unread=true', 'traveler', 't2')).body.data).toHaveLength(1)
  })
})

describe('receipts', () => {
  test('are answered as soon as they are there, to whoever sent the command', async () => {
    const asked = ask('/v1/commands/c1?wait=10')
    await store.insert('receipts', {
      _id: 'c1',
      commandId: 'c1',
      actorId: 't1',
      outcome: 'booking.created',
      expiresAt: NOW * 2,
    })
    waiters.wake('receipt', 'c1')
    expect(await asked).toMatchObject({ status: 200, body: { commandId: 'c1', outcome: 'booking.created' } })
    expect(await ask('/v1/commands/c1', 'traveler', 't2')).toMatchObject({ status: 404 })
    expect(await ask('/v1/commands/c1', 'admin', 'a1')).toMatchObject({ status: 200 })
  })

  test('that another process writes are found without being woken', async () => {
    const asked = ask('/v1/commands/c2?wait=10')
    await store.insert('receipts', { _id: 'c2', commandId: 'c2', actorId: 't1', expiresAt: NOW * 2 })
    expect(await asked).toMatchObject({ status: 200 })
  })

  test('that do not come are not there', async () => {
    expect(await ask('/v1/commands/c3?wait=0.2')).toMatchObject({ status: 404, body: { code: 'not_found' } })
  })
})

describe('analytics', () => {
  const rollup = (dimension: string, value: string, day: string, confirmed: number) => {
    const counted = { requested: 2 * confirmed, confirmed, decisions: confirmed, decisionMs: 500 * confirmed }
    const kept = { _id: `${day}|${dimension}|${value}`, dimension, value, day, rev: 1, pos: {} }
    return { ...kept, ...emptyRollup, ...counted, revenue: { EUR: 100 * confirmed } }
  }

  beforeEach(async () => {
    const days = ['2026-10-01', '2026-11-20', '2026-11-21']
    for (const [i, day] of days.entries()) {
      await store.insert('rollups', rollup('all', 'all', day, i + 1))
      await store.insert('rollups', rollup('owner', 'o1', day, 1))
      await store.insert('rollups', rollup('kind', 'stay', day, i + 1))
      await store.insert('rollups', rollup('listing', 'l1', day, 1))
    }
    await store.insert('listings', { _id: 'l1', id: 'l1', ownerId: 'o1', name: 'l1', kind: 'stay', withdrawn: false })
  })

  test('sum up the last thirty days, or those asked for', async () => {
    expect((await ask('/v1/analytics/summary', 'admin', 'a1')).body).toMatchObject({
      from: '2026-10-23',
      to: '2026-11-22',
      confirmed: 5,
      revenue: { EUR: 500 },
      meanDecisionMs: 500,
      confirmationRate: 0.5,
    })
    const { body } = await ask('/v1/analytics/summary?from=2026-10-01&to=2026-11-21', 'admin', 'a1')
    expect(body).toMatchObject({ confirmed: 3 })
  })

  test('are for admins all there is, for owners what is theirs, for travelers nothing', async () => {
    expect((await ask('/v1/analytics/summary', 'owner', 'o1')).body).toMatchObject({ confirmed: 2 })
    expect((await ask('/v1/analytics/summary', 'owner', 'o2')).body).toMatchObject({ confirmed: 0 })
    expect(await ask('/v1/analytics/summary')).toMatchObject({ status: 403 })
  })

  test.each([
    [
      'groupBy=kind',
      'admin',
      'a1',
      [
        ['2026-11-20', 'stay', 2],
        ['2026-11-21', 'stay', 3],
      ],
    ],
    [
      'groupBy=owner',
      'admin',
      'a1',
      [
        ['2026-11-20', 'o1', 1],
        ['2026-11-21', 'o1', 1],
      ],
    ],
    [
      'groupBy=kind',
      'owner',
      'o1',
      [
        ['2026-11-20', 'stay', 1],
        ['2026-11-21', 'stay', 1],
      ],
    ],
    [
      'groupBy=owner',
      'owner',
      'o1',
      [
        ['2026-11-20', 'o1', 1],
        ['2026-11-21', 'o1', 1],
      ],
    ],
    [
      'groupBy=listing',
      'owner',
      'o1',
      [
        ['2026-11-20', 'l1', 1],
        ['2026-11-21', 'l1', 1],
      ],
    ],
    [
      'interval=day',
      'admin',
      'a1',
      [
        ['2026-11-20', 'all', 2],
        ['2026-11-21', 'all', 3],
      ],
    ],
  ] as const)('come day by day, %s, as %s', async (parameters, role, sub, rows) => {
    const { body } = await ask(`/v1/analytics/timeseries?${parameters}`, role, sub)
    const told = body.data.map((row) => row as { day: string; group: string; confirmed: number })
    expect(told.map(({ day, group, confirmed }) => [day, group, confirmed])).toEqual(rows)
  })

  test('refuse a range that is too long or runs backwards', async () => {
    for (const range of ['from=2026-01-02&to=2026-01-01', 'from=2020-01-01&to=2026-01-01']) {
      expect(await ask(`/v1/analytics/summary?${range}`, 'admin', 'a1')).toMatchObject({
        status: 422,
        body: { code: 'invalid_request', errors: [{ pointer: 'to' }] },
      })
    }
  })
})

describe('listings', () => {
  beforeEach(async () => {
    const listing = { ownerId: 'o1', kind: 'stay', capacity: 2, withdrawn: false, seq: 1 }
    await store.insert('listings', { _id: 'l1', id: 'l1', name: 'b', ...listing })
    await store.insert('listings', { _id: 'l2', id: 'l2', name: 'a', ...listing, kind: 'car' })
    await store.insert('listings', { _id: 'l3', id: 'l3', name: 'c', ...listing, withdrawn: true })
    await store.insert('listing_documents', { _id: 'l1', taken: { '2027-01-02': 2, '2027-01-03': 1 } })
  })

  test('that are there are read without the log', async () => {
    await log.close()
    expect((await ask('/v1/listings/l1')).status).toBe(200)
  })

  test('are found unless withdrawn, by name, by kind, by owner', async () => {
    expect((await ask('/v1/listings')).body.data).toMatchObject([{ id: 'l2' }, { id: 'l1' }])
    expect((await ask('/v1/listings?kind=stay&ownerId=o1')).body.data).toMatchObject([{ id: 'l1' }])
    expect((await ask('/v1/listings/l1')).body).not.toHaveProperty('withdrawn')
    expect(await ask('/v1/listings/l3')).toMatchObject({ status: 404, body: { code: 'unknown_listing' } })
  })

  test('tell how much is free on each day', async () => {
    const { body } = await ask('/v1/listings/l1/availability?from=2027-01-01&to=2027-01-04')
    expect(body.data).toEqual([
      { day: '2027-01-01', free: 2 },
      { day: '2027-01-02', free: 0 },
      { day: '2027-01-03', free: 1 },
    ])
    expect(await ask('/v1/listings/l1/availability?from=2027-01-04&to=2027-01-01')).toMatchObject({ status: 422 })
  })
})

describe('without a proper token', () => {
  test.each([
    ['none', undefined],
    ['nonsense', 'Bearer x.y.z'],
    ['another scheme', 'Basic dTpw'],
    ['a token too long', `Bearer ${'x'.repeat(2_000_000)}`],
    ['an unsigned one', `Bearer ${btoa('{"alg":"none"}')}.${btoa('{"sub":"t1","role":"admin"}')}.`.replaceAll('=', '')],
  ])('nothing is told: %s', async (_, authorization) => {
    const response = await app.request('/v1/bookings', { headers: authorization ? { authorization } : {} })
    expect(response.status).toBe(401)
    expect(await response.json()).toMatchObject({ code: 'unauthenticated' })
  })

  test('health is', async () => {
    expect((await app.request('/healthz')).status).toBe(200)
    expect((await app.request('/readyz')).status).toBe(200)
  })

  test('readiness is not told of a store that is gone', async () => {
    await store.close()
    const response = await app.request('/readyz')
    expect(response.status).toBe(503)
    expect(await response.json()).toMatchObject({ faults: [expect.stringMatching(/^the (log|store): .*closed/)] })
  })
})

describe('a read with a Consistency-Token', () => {
  const receipt = {
    _id: 'c1',
    commandId: 'c1',
    actorId: 't1',
    expiresAt: NOW * 2,
    position: { partition: 1, offset: 0 },
  }

  async function askWith(path: string, token: string) {
    const headers = { authorization: `Bearer ${await tokenOf('traveler', 't1')}`, 'consistency-token': token }
    return app.request(path, { headers })
  }

  test('waits for the receipt of the command', async () => {
    const asked = askWith('/v1/bookings', 'c1')
    await store.insert('bookings', booking('b1', '2026-01-01'))
    await store.insert('receipts', receipt)
    waiters.wake('receipt', 'c1')
    expect(await (await asked).json()).toMatchObject({ data: [{ id: 'b1' }] })
  })

  test('waits for the projection it reads to come past the event', async () => {
    await store.insert('receipts', receipt)
    await log.send([{ topic: TOPICS.bookings, partition: 1, value: '{}' }])
    const asked = askWith('/v1/notifications', 'c1')
    const member = await log.run(
      { group: 'booking-notifications', topics: [TOPICS.bookings] },
      async (batch, lease) => {
        await store.insert('notifications', { _id: 'n1', id: 'n1', userId: 't1', createdAt: '2026', readAt: null })
        await lease.commit(batch.messages.at(-1)!.offset)
      },
    )
    expect(await (await asked).json()).toMatchObject({ data: [{ id: 'n1' }] })
    await member.close()
  })

  test('that is none of ours is refused', async () => {
    expect((await askWith('/v1/bookings', '../x')).status).toBe(422)
  })
})

describe('pages and versions', () => {
  beforeEach(async () => {
    for (const n of [1, 2, 3]) await store.insert('bookings', booking(`b${n}`, `2026-01-0${n}`, { version: n }))
  })

  test('the next page is linked to', async () => {
    const headers = { authorization: `Bearer ${await tokenOf('traveler', 't1')}` }
    const seen: string[] = []
    let path: string | undefined = '/v1/bookings?limit=1&status=pending'
    while (path) {
      const response: Response = await app.request(path, { headers })
      seen.push(...((await response.json()) as { data: { id: string }[] }).data.map(({ id }) => id))
      path = /^<(.*)>; rel="next"$/.exec(response.headers.get('link') ?? '')?.[1]
    }
    expect(seen).toEqual(['b3', 'b2', 'b1'])
  })

  test('what has not changed is not sent again', async () => {
    const headers = { authorization: `Bearer ${await tokenOf('traveler', 't1')}` }
    const etag = (await app.request('/v1/bookings/b2', { headers })).headers.get('etag')!
    expect(etag).toBe('"2"')
    expect((await app.request('/v1/bookings/b2', { headers: { ...headers, 'if-none-match': etag } })).status).toBe(304)
    expect((await app.request('/v1/bookings/b2', { headers: { ...headers, 'if-none-match': '"1"' } })).status).toBe(200)
  })
})

describe('a write with an Idempotency-Key', () => {
  const tell = (id: string, userId = 't1') =>
    store.insert('notifications', { _id: id, id, userId, createdAt: id, readAt: null })
  const readAll = async (key: string, sub = 't1') => {
    const headers = { authorization: `Bearer ${await tokenOf('traveler', sub)}`, 'idempotency-key': key }
    const response = await app.request('/v1/notifications/read-all', { method: 'POST', headers })
    const replayed = response.headers.get('idempotency-replayed')
    return { status: response.status, replayed, body: (await response.json()) as object }
  }
  const unread = async (sub = 't1') => (await ask('/v1/notifications?unread=true', 'traveler', sub)).body.data

  beforeEach(async () => {
    await tell('n1')
    await tell('n2')
  })

  test('is done once, and answered as it was: what has come since stays unread', async () => {
    const first = await readAll('k')
    expect(first).toEqual({ status: 200, replayed: null, body: { read: 2, more: false } })
    await tell('n3')
    expect(await readAll('k')).toEqual({ ...first, replayed: 'true' })
    expect(await unread()).toHaveLength(1)
    expect(await readAll('l')).toMatchObject({ replayed: null, body: { read: 1 } })
  })

  test('is of its own for each who sends it', async () => {
    await tell('n4', 't2')
    await readAll('k')
    expect(await readAll('k', 't2')).toMatchObject({ replayed: null, body: { read: 1 } })
  })

  test('has one answer, however many come at once', async () => {
    const answers = await Promise.all(Array.from({ length: 10 }, () => readAll('k')))
    expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1)
    expect(await readAll('k')).toMatchObject({ replayed: 'true', body: answers[0]!.body })
    expect(await unread()).toEqual([])
  })

  test.each(['', 'x'.repeat(256)])('that is none is refused: %j', async (key) => {
    expect(await readAll(key)).toMatchObject({ status: 422, body: { errors: [{ pointer: 'Idempotency-Key' }] } })
  })

  test('that was refused may be tried again', async () => {
    const headers = { authorization: `Bearer ${await tokenOf('traveler', 't1')}`, 'idempotency-key': 'k' }
    const read = () => app.request('/v1/notifications/n9/read', { method: 'POST', headers })
    expect((await read()).status).toBe(404)
    await tell('n9')
    expect((await read()).status).toBe(200)
  })
})

describe('a path that there is', () => {
  const send = async (method: string, path: string) =>
    app.request(path, { method, headers: { authorization: `Bearer ${await tokenOf('admin', 'a1')}` } })

  test.each([
    ['POST', '/v1/bookings', 'GET, HEAD, OPTIONS'],
    ['GET', '/v1/notifications/read-all', 'OPTIONS, POST'],
    ['DELETE', '/readyz', 'GET, HEAD, OPTIONS'],
  ])('refuses another method, with those that there are: %s %s', async (method, path, allow) => {
    const response = await send(method, path)
    expect([response.status, response.headers.get('allow')]).toEqual([405, allow])
    const detail = `${path} takes ${allow}.`
    expect(await response.json()).toMatchObject({ code: 'method_not_allowed', detail, remedy: expect.any(String) })
  })

  test('tells by OPTIONS what it takes', async () => {
    const response = await send('OPTIONS', '/v1/notifications')
    expect([response.status, response.headers.get('allow')]).toEqual([204, 'GET, HEAD, OPTIONS'])
    expect((await send('OPTIONS', '/v1/nothing')).status).toBe(404)
  })

  test('has no open end for whoever asks for the HEAD of a stream', async () => {
    const response = await send('HEAD', '/v1/events/stream')
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/event-stream'])
    expect(await response.text()).toBe('')
  })
})

test('a HEAD with the token of a write waits for it, as a GET does', async () => {
  const headers = { authorization: `Bearer ${await tokenOf('traveler', 't1')}`, 'consistency-token': '$' }
  expect((await app.request('/v1/bookings', { method: 'HEAD', headers })).status).toBe(422)
})
