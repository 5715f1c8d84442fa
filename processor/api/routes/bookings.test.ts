import { beforeEach, describe, expect, test } from 'vitest'
import type { Role } from '#domain/actor.ts'
import { TOPICS } from '#domain/topics.ts'
import { testApi, tokenOf } from '../../testing/api.ts'
import { bookingView } from '../../testing/views.ts'

const api = testApi()

describe('GET /v1/bookings', () => {
  beforeEach(async () => {
    await api.store.insert('bookings', bookingView('b1', '2026-01-01', { status: 'confirmed' }))
    await api.store.insert('bookings', bookingView('b2', '2026-01-02'))
    await api.store.insert('bookings', bookingView('b3', '2026-01-03', { listingId: 'l2' }))
    await api.store.insert('bookings', bookingView('b4', '2026-01-04', { travelerId: 't2' }))
  })

  const ids = async (path: string, role?: Role, sub?: string) =>
    (await api.ask(path, role, sub)).body.data.map((one) => (one as { id: string }).id)

  test('returns to travelers their bookings, to owners those of their listings and to admins all, newest first', async () => {
    expect(await ids('/v1/bookings')).toEqual(['b3', 'b2', 'b1'])
    expect(await ids('/v1/bookings', 'owner', 'o1')).toEqual(['b4', 'b3', 'b2', 'b1'])
    expect(await ids('/v1/bookings', 'owner', 'o2')).toEqual([])
    expect(await ids('/v1/bookings', 'admin', 'a1')).toEqual(['b4', 'b3', 'b2', 'b1'])
  })

  test('filters by status, by listing and by both', async () => {
    expect(await ids('/v1/bookings?status=pending')).toEqual(['b3', 'b2'])
    expect(await ids('/v1/bookings?listingId=l1')).toEqual(['b2', 'b1'])
    expect(await ids('/v1/bookings?listingId=l1&status=confirmed')).toEqual(['b1'])
  })

  test.each(['', '&listingId=l1'])('pages neither omit nor repeat a booking (%s)', async (filter) => {
    const seen: unknown[] = []
    let cursor: unknown = ''
    do {
      const { body } = await api.ask(`/v1/bookings?limit=1${filter}${cursor ? `&cursor=${cursor as string}` : ''}`)
      seen.push(...body.data.map((one) => (one as { id: string }).id))
      cursor = body.nextCursor
    } while (cursor)
    expect(seen).toEqual(filter ? ['b2', 'b1'] : ['b3', 'b2', 'b1'])
  })

  test('returns 404 for a booking of another principal', async () => {
    expect(await api.ask('/v1/bookings/b1')).toMatchObject({ status: 200, body: { id: 'b1', status: 'confirmed' } })
    expect(await api.ask('/v1/bookings/b4')).toMatchObject({ status: 404, body: { code: 'unknown_booking' } })
    expect(await api.ask('/v1/bookings/b1', 'owner', 'o2')).toMatchObject({ status: 404 })
    expect(await api.ask('/v1/bookings/b1', 'owner', 't1')).toMatchObject({ status: 404 })
  })

  test('finds a booking by its id and by its alias', async () => {
    const id = '6d4b0e9c-7a51-5f3e-9c22-0d8f4b7a1e55'
    const airbnbId = '6d4b0e9c7a515f3e9c220d8f'
    await api.store.insert('bookings', bookingView(id, '2026-01-05'))
    await api.store.insert('booking_aliases', { _id: airbnbId, bookingId: id })
    const { body } = await api.ask(`/v1/bookings/${id}`)
    expect((await api.ask(`/v1/bookings/${airbnbId}`)).body).toEqual(body)
    expect((await api.ask(`/v1/bookings/${airbnbId.toUpperCase()}`)).body).toEqual(body)
    expect(await api.ask(`/v1/bookings/${airbnbId}`, 'traveler', 't2')).toMatchObject({ status: 404 })
    expect(await api.ask('/v1/bookings/507f1f77bcf86cd799439011')).toMatchObject({ status: 404 })
  })

  test('returns 404 at once for a booking that never existed', async () => {
    expect(await api.ask('/v1/bookings/nowhere')).toMatchObject({ status: 404, body: { code: 'unknown_booking' } })
  })

  test('returns 503 rather than 404 while an undecided command may still create the booking', async () => {
    await api.log.send([{ topic: TOPICS.requests, partition: 0, value: '{}' }])
    expect(await api.ask('/v1/bookings/b9')).toMatchObject({ status: 503, body: { code: 'not_yet_visible' } })
  })

  test('waits for a booking that is not in the views yet', async () => {
    await api.log.send([{ topic: TOPICS.requests, partition: 0, value: '{}' }])
    const asked = api.ask('/v1/bookings/b9')
    await api.store.insert('bookings', bookingView('b9', '2026-01-09'))
    api.waiters.wake('booking', 'b9')
    expect(await asked).toMatchObject({ status: 200, body: { id: 'b9' } })
  })

  test('names the invalid query parameter', async () => {
    expect(await api.ask('/v1/bookings?limit=0')).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: 'limit' }] },
    })
    expect(await api.ask('/v1/bookings?cursor=x')).toMatchObject({ status: 400, body: { code: 'invalid_cursor' } })
    expect(await api.ask('/v1/bookings?role=admin')).toMatchObject({ status: 403, body: { code: 'forbidden' } })
  })
})

describe('GET /v1/bookings with from, to and sort', () => {
  const nights = { b1: ['01', '03'], b2: ['03', '05'], b3: ['02', '09'], b4: ['07', null], b5: ['20', '22'] } as const
  const dayOf = (day: string | null) => day && `2031-01-${day}`

  beforeEach(async () => {
    for (const [id, [checkIn, checkOut]] of Object.entries(nights)) {
      const span = { checkIn: dayOf(checkIn), checkOut: dayOf(checkOut) }
      const view = bookingView(id, `2026-01-0${id.slice(1)}`, {
        ...span,
        status: id === 'b3' ? 'confirmed' : 'pending',
      })
      await api.store.insert('bookings', view)
    }
  })

  const ids = async (search: string, role?: Role, sub?: string) =>
    (await api.ask(`/v1/bookings?${search}`, role, sub)).body.data.map(({ id }: { id: string }) => id).join(' ')

  test.each([
    ['from=2031-01-03&to=2031-01-05', 'b3 b2'],
    ['from=2031-01-03', 'b5 b4 b3 b2'],
    ['to=2031-01-02', 'b1'],
    ['from=2031-01-07&to=2031-01-08', 'b4 b3'],
    ['from=2031-01-08&to=2031-01-20', 'b3'],
    ['sort=checkIn', 'b1 b3 b2 b4 b5'],
    ['sort=-checkIn', 'b5 b4 b2 b3 b1'],
    ['sort=createdAt', 'b1 b2 b3 b4 b5'],
    ['sort=checkIn&status=pending', 'b1 b2 b4 b5'],
    ['sort=checkIn&listingId=l1&from=2031-01-05', 'b3 b4 b5'],
  ])('%s returns %s', async (search, expected) => {
    expect(await ids(search)).toBe(expected)
    expect(await ids(search, 'owner', 'o1')).toBe(expected)
    expect(await ids(search, 'admin', 'a1')).toBe(expected)
    const paged: string[] = []
    let cursor: string | null = ''
    while (cursor !== null) {
      const { body } = await api.ask(`/v1/bookings?${search}&limit=1${cursor && `&cursor=${cursor}`}`)
      paged.push(...body.data.map(({ id }: { id: string }) => id))
      cursor = body['nextCursor']
    }
    expect(paged.join(' ')).toBe(expected)
  })

  test.each([
    ['from=2031-02-30', 'from'],
    ['to=tomorrow', 'to'],
    ['from=2031-01-02&to=2031-01-02', 'to'],
    ['sort=price', 'sort'],
    ['sort=checkIn&sort=createdAt', 'sort'],
    ['until=2031-01-02', 'until'],
  ])('rejects %s', async (search, pointer) => {
    expect(await api.ask(`/v1/bookings?${search}`)).toMatchObject({ status: 422, body: { errors: [{ pointer }] } })
  })

  test.each(['sort=-checkIn', 'sort=createdAt', 'limit=1'])(
    'rejects the cursor of another order: %s',
    async (search) => {
      const { body } = await api.ask('/v1/bookings?sort=checkIn&limit=1')
      const answer = await api.ask(`/v1/bookings?${search}&cursor=${body['nextCursor']}`)
      expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_cursor' } })
    },
  )

  test('finds few bookings among many in one page', async () => {
    for (let n = 0; n < 2_000; n++) {
      const span = { checkIn: '2032-01-01', checkOut: '2032-01-02' }
      await api.store.insert('bookings', bookingView(`c${n}`, '2026-02-01', span))
    }
    expect(await ids('to=2031-02-01&limit=3')).toBe('b5 b4 b3')
  })
})

describe('GET /v1/bookings/:id/cancellation-quote', () => {
  const trip = {
    checkIn: '2026-12-01',
    checkOut: '2026-12-03',
    price: { amount: 1_001, currency: 'USD' },
    cancellationPolicy: 'firm',
    status: 'confirmed',
    reason: null,
  }
  const quote = (role?: Role, sub?: string) => api.ask('/v1/bookings/b1/cancellation-quote', role, sub)

  beforeEach(async () => {
    await api.store.insert('listings', { _id: 'l1', id: 'l1', timeZone: 'America/New_York', withdrawn: true })
  })

  test('applies the policy to the traveler, in the time zone of the listing', async () => {
    await api.store.insert('bookings', bookingView('b1', '2026-01-01T00:00:00.000Z', trip))
    expect(await quote()).toMatchObject({
      status: 200,
      body: {
        bookingId: 'b1',
        percent: 50,
        refund: { amount: 501, currency: 'USD' },
        fee: { amount: 500, currency: 'USD' },
        terms: [
          { until: '2026-11-01T04:00:00.000Z', percent: 100 },
          { until: '2026-11-24T05:00:00.000Z', percent: 50 },
        ],
      },
    })
    expect(await quote('owner', 'o1')).toMatchObject({ status: 200, body: { percent: 100, fee: { amount: 0 } } })
    expect(await quote('admin', 'a1')).toMatchObject({ status: 200, body: { percent: 100 } })
  })

  test.each(['completed', 'rejected', 'expired', 'cancelled', 'failed'])(
    'returns 409 for a booking that is %s',
    async (status) => {
      await api.store.insert('bookings', bookingView('b1', '2026-01-01T00:00:00.000Z', { ...trip, status }))
      const problem = { code: 'booking_already_decided', booking: { id: 'b1', status }, detail: expect.any(String) }
      expect(await quote()).toMatchObject({ status: 409, body: problem })
      expect(await quote('traveler', 't2')).toMatchObject({ status: 404, body: { code: 'unknown_booking' } })
    },
  )
})

test('GET /v1/bookings/:id/events has null for what old entries lack', async () => {
  await api.store.insert('bookings', bookingView('b1', '2026-01-01'))
  const old = { bookingId: 'b1', type: 'booking.created' }
  const position = { partition: 2, offset: 7 }
  await api.store.insert('booking_events', { _id: 'c1:0', seq: 1, ...old })
  await api.store.insert('booking_events', { _id: 'c2:0', seq: 2, ...old, trace: { requestId: 'r1' }, position })
  expect((await api.ask('/v1/bookings/b1/events')).body.data).toEqual([
    { id: 'c1:0', seq: 1, ...old, trace: null, position: null },
    { id: 'c2:0', seq: 2, ...old, trace: { requestId: 'r1' }, position },
  ])
})

describe('pages and versions', () => {
  beforeEach(async () => {
    for (const n of [1, 2, 3]) await api.store.insert('bookings', bookingView(`b${n}`, `2026-01-0${n}`, { version: n }))
  })

  test('links to the next page', async () => {
    const headers = { authorization: `Bearer ${await tokenOf('traveler', 't1')}` }
    const seen: string[] = []
    let path: string | undefined = '/v1/bookings?limit=1&status=pending'
    while (path) {
      const response: Response = await api.app.request(path, { headers })
      seen.push(...((await response.json()) as { data: { id: string }[] }).data.map(({ id }) => id))
      path = /^<(.*)>; rel="next"$/.exec(response.headers.get('link') ?? '')?.[1]
    }
    expect(seen).toEqual(['b3', 'b2', 'b1'])
  })

  test('returns 304 for a version that the client has', async () => {
    const headers = { authorization: `Bearer ${await tokenOf('traveler', 't1')}` }
    const etag = (await api.app.request('/v1/bookings/b2', { headers })).headers.get('etag')!
    expect(etag).toBe('"2"')
    const statusFor = async (known: string) =>
      (await api.app.request('/v1/bookings/b2', { headers: { ...headers, 'if-none-match': known } })).status
    for (const known of [etag, `W/${etag}`, `"1", ${etag}`, '*']) expect(await statusFor(known), known).toBe(304)
    for (const known of ['"1"', 'W/"1"', '"1", "3"', '2', '']) expect(await statusFor(known), known).toBe(200)
  })
})
