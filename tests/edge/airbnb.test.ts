import { Kafka } from '@upstash/kafka'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { composeEdge } from '#edge/compose.ts'
import { createLogger, type LogLine } from '#platform/log-line.ts'
import { serve } from '#platform/node/serve.ts'
import { localKeys } from '#platform/tokens.ts'
import { type Answer, type Client, clientOf, startTestSystem, type TestSystem } from '../system/system.ts'

/** The routes of airbnb's document on the whole system, with the document's property and days. */

const VILLA = '507f1f77bcf86cd799439012'

/** The keys of the documented `booking-created` message, in order. */
const KEYS = [
  'type',
  'bookingId',
  'propertyId',
  'propertyName',
  'travelerId',
  'ownerId',
  'checkIn',
  'checkOut',
  'guests',
  'totalPrice',
  'timestamp',
]

let system: TestSystem
let traveler: Client
let owner: Client

beforeAll(async () => {
  system = await startTestSystem()
  traveler = system.as('traveler', 'traveler-1')
  owner = system.as('owner', 'owner-1')
})

afterAll(() => system.close())

const example = {
  propertyId: VILLA,
  checkIn: '2025-12-01T00:00:00.000Z',
  checkOut: '2025-12-05T00:00:00.000Z',
  guests: 4,
  totalPrice: 1200,
}

/** A request for nights that no other test books. */
const inMonth = (month: string) => ({ ...example, checkIn: `2026-${month}-01`, checkOut: `2026-${month}-05` })

const book = (body: object, headers = {}) => traveler('POST', '/api/travelers/bookings', body, headers)

describe('a booking', () => {
  test('is requested, listed for both sides and approved, and is then ACCEPTED', async () => {
    const created = await book(example)
    expect(created.status).toBe(201)
    const { id } = created.body
    expect(created.body).toEqual({
      bookingId: id.replaceAll('-', '').slice(0, 24),
      propertyId: VILLA,
      propertyName: 'Luxury Beach Villa',
      travelerId: 'traveler-1',
      ownerId: 'owner-1',
      checkIn: example.checkIn,
      checkOut: example.checkOut,
      guests: 4,
      totalPrice: 1200,
      status: 'PENDING',
      reason: null,
      createdAt: expect.any(String),
      updatedAt: expect.any(String),
      id,
    })

    const seeing = { 'Consistency-Token': created.headers.get('Consistency-Token')! }
    for (const [client, path] of [
      [traveler, '/api/travelers/bookings'],
      [owner, '/api/owners/bookings'],
    ] as const) {
      const { body } = await client('GET', path, undefined, seeing)
      expect(body.bookings).toContainEqual(created.body)
    }

    const { bookingId } = created.body
    const approved = await owner('PUT', `/api/owners/bookings/${bookingId}/approve`)
    expect(approved).toMatchObject({ status: 200, body: { bookingId, id, status: 'ACCEPTED' } })
    expect((await traveler('GET', '/api/travelers/bookings')).body.bookings).toContainEqual(approved.body)
    expect((await traveler('GET', `/v1/bookings/${bookingId}`)).body).toMatchObject({ id, status: 'confirmed' })
  })

  test.each([
    ['reject', '02', { reason: 'The villa is being painted' }, 'The villa is being painted'],
    ['cancel', '03', undefined, null],
  ])('is CANCELLED after %s', async (decision, month, body, reason) => {
    const { bookingId, id } = (await book(inMonth(month))).body
    // The documented id and our id name the same booking.
    const named = decision === 'reject' ? bookingId : id
    expect(await owner('PUT', `/api/owners/bookings/${named}/${decision}`, body)).toMatchObject({
      status: 200,
      body: { bookingId, status: 'CANCELLED', reason },
    })
  })

  test('of another user returns 404', async () => {
    const { bookingId } = (await book(inMonth('04'))).body
    const stranger = system.as('owner', 'owner-2')
    for (const decision of ['approve', 'reject', 'cancel']) {
      expect(await stranger('PUT', `/api/owners/bookings/${bookingId}/${decision}`)).toMatchObject({
        status: 404,
        body: { code: 'unknown_booking' },
      })
    }
    expect((await stranger('GET', '/api/owners/bookings')).body).toEqual({ bookings: [], nextCursor: null })
    expect((await traveler('PUT', `/api/owners/bookings/${bookingId}/approve`)).status).toBe(403)
  })

  test('is created once by repeated requests with one key', async () => {
    const once = () => book(inMonth('05'), { 'Idempotency-Key': 'may' })
    expect((await once()).body).toEqual((await once()).body)
  })

  test('is shown without the name of its property if the query API rejects the request for it', async () => {
    const namesRejected = await serve(
      (request) => {
        const { pathname, search } = new URL(request.url)
        const problem = { status: 401, headers: { 'content-type': 'application/problem+json' } }
        if (pathname === '/v1/listing-names') return Response.json({ code: 'unauthenticated' }, problem)
        return fetch(new Request(system.endpoints.query + pathname + search, request))
      },
      { port: 0 },
    )
    onTestFinished(() => namesRejected.close(0))
    const { as } = loggingEdge({ query: `http://127.0.0.1:${namesRejected.port}` })
    const created = await as('traveler')('POST', '/api/travelers/bookings', inMonth('01'))
    expect(created).toMatchObject({ status: 201, body: { propertyName: null } })
    const approved = await as('owner')('PUT', `/api/owners/bookings/${created.body.id}/approve`)
    expect(approved).toMatchObject({ status: 200, body: { status: 'ACCEPTED', propertyName: null } })
    const { body } = await as('owner')('GET', '/api/owners/bookings')
    expect(body.bookings).toContainEqual(approved.body)
  })

  test('is listed in pages if the client sends a limit', async () => {
    const first = await owner('GET', '/api/owners/bookings?limit=1')
    expect(first.body.bookings).toHaveLength(1)
    const second = await owner('GET', `/api/owners/bookings?limit=1&cursor=${first.body.nextCursor}`)
    expect(second.body.bookings).toHaveLength(1)
    expect(second.body.bookings).not.toEqual(first.body.bookings)
  })
})

test("a problem has pointers to the document's fields", async () => {
  const refused = async (changes: object) => {
    const { body } = await book({ ...inMonth('06'), ...changes })
    return [body.code, body.errors[0].pointer]
  }
  expect(await refused({ totalPrice: 1199 })).toEqual(['price_mismatch', '/totalPrice'])
  expect(await refused({ checkOut: '2026-06-01' })).toEqual(['invalid_dates', '/checkOut'])
  expect(await refused({ checkIn: '2026-06-01T15:00:00.000Z' })).toEqual(['invalid_request', '/checkIn'])
  expect(await refused({ guests: 9 })).toEqual(['too_many_guests', '/guests'])
  expect(await refused({ listing_id: VILLA })).toEqual(['invalid_request', '/listing_id'])
})

test("the message on booking-requests has the document's keys in the document's order", async () => {
  const { body } = await book(inMonth('07'))
  const message = (await requests()).find(({ bookingId }) => bookingId === body.bookingId)!
  expect(Object.keys(message)).toEqual([...KEYS, 'command'])
  expect(message).toMatchObject({
    type: 'booking-created',
    propertyId: VILLA,
    propertyName: 'Luxury Beach Villa',
    travelerId: 'traveler-1',
    ownerId: 'owner-1',
    checkIn: '2026-07-01T00:00:00.000Z',
    checkOut: '2026-07-05T00:00:00.000Z',
    guests: 4,
    totalPrice: 1200,
    timestamp: body.createdAt,
  })
})

test('a documented message from another producer becomes a request by its traveler', async () => {
  const { topic, ...proxy } = system.endpoints.proxy
  const message = { ...inMonth('08'), type: 'booking-created', bookingId: '507f1f77bcf86cd799439011' }
  const foreign = { ...message, travelerId: 'traveler-1', timestamp: '2025-11-19T10:30:00.000Z' }
  await new Kafka(proxy).producer().produce(topic, foreign, { key: VILLA })
  await expect
    .poll(async () => (await traveler('GET', '/api/travelers/bookings')).body.bookings)
    .toContainEqual(expect.objectContaining({ bookingId: message.bookingId, status: 'PENDING', totalPrice: 1200 }))
  const { holdExpiresAt } = (await traveler('GET', `/v1/bookings/${message.bookingId}`)).body
  expect(Date.parse(holdExpiresAt), 'the hold begins now, not at the stated time').toBeGreaterThan(Date.now())
  const approved = await owner('PUT', `/api/owners/bookings/${message.bookingId}/approve`)
  expect(approved).toMatchObject({ status: 200, body: { id: message.bookingId, status: 'ACCEPTED' } })
})

describe("the document's log lines", () => {
  test.each([
    ['approve', '09', '📤 Booking ACCEPTED update published to Kafka'],
    ['reject', '10', '📤 Booking CANCELLED update published to Kafka'],
  ])('appear for a request and its decision: %s', async (decision, month, updated) => {
    const { lines, as } = loggingEdge()
    const created = await as('traveler')('POST', '/api/travelers/bookings', inMonth(month))
    const { id: bookingId } = created.body
    await as('owner')('PUT', `/api/owners/bookings/${bookingId}/${decision}`)
    const common = { timestamp: expect.stringMatching(/Z$/), service: 'edge', level: 'info', bookingId, success: true }
    expect(lines).toEqual([
      { ...common, eventType: 'booking-created', message: '📤 Booking request published to Kafka' },
      { ...common, eventType: 'booking-status-updated', message: updated },
    ])
  })

  test('appear once for a request that is repeated with its key', async () => {
    const { lines, as } = loggingEdge()
    const once = () => as('traveler')('POST', '/api/travelers/bookings', inMonth('11'), { 'Idempotency-Key': 'nov' })
    expect((await once()).body).toEqual((await once()).body)
    expect(lines).toHaveLength(1)
  })

  test('report the reason when publishing fails', async () => {
    const { lines, as } = loggingEdge({ topic: 'no-such-topic' })
    expect((await as('traveler')('POST', '/api/travelers/bookings', inMonth('12'))).status).toBe(503)
    expect(lines.filter(({ eventType }) => eventType !== undefined)).toMatchObject([
      { success: false, message: 'Publishing a booking request to Kafka failed', error: expect.any(String) },
    ])
  })
})

describe('properties', () => {
  const villa = {
    propertyId: VILLA,
    propertyName: 'Luxury Beach Villa',
    ownerId: 'owner-1',
    guests: 8,
    pricePerNight: 300,
    currency: 'USD',
  }

  test('are the stays among the listings', async () => {
    const { body } = await traveler('GET', '/api/properties')
    expect(body.properties).toContainEqual(villa)
    expect(body.properties).toHaveLength(3)
    expect((await traveler('GET', '/api/properties?ownerId=nobody')).body.properties).toEqual([])
  })

  test('can be read by id', async () => {
    expect(await traveler('GET', `/api/properties/${VILLA}`)).toMatchObject({ status: 200, body: villa })
    expect(await traveler('GET', '/api/properties/nowhere')).toMatchObject({
      status: 404,
      body: { code: 'unknown_listing' },
    })
  })

  const cabin = { propertyName: 'Cabin in the Woods', guests: 3, pricePerNight: 89.5, currency: 'EUR' }

  test('can be published, booked, changed and withdrawn', async () => {
    const published = await owner('POST', '/api/properties', cabin)
    const { propertyId } = published.body
    expect(published).toMatchObject({ status: 201, body: { propertyId, ownerId: 'owner-1', ...cabin } })
    const path = `/api/properties/${propertyId}`
    expect(published.headers.get('Location')).toBe(path)
    const seeing = (answer: Answer) => ({ 'Consistency-Token': answer.headers.get('Consistency-Token')! })
    expect((await traveler('GET', path, undefined, seeing(published))).body).toEqual(published.body)
    expect((await traveler('GET', `/v1/listings/${propertyId}`)).body).toMatchObject({
      kind: 'stay',
      confirmationPolicy: 'owner',
      price: { amount: 8_950, currency: 'EUR' },
    })
    const request = { ...inMonth('01'), propertyId, guests: 3, totalPrice: 4 * 89.5 }
    expect(await book(request, { Prefer: 'wait=10' })).toMatchObject({ status: 201, body: { status: 'PENDING' } })

    const changed = await owner('PUT', path, { ...cabin, pricePerNight: 95, guests: 2 })
    expect(changed).toMatchObject({ status: 200, body: { propertyId, ...cabin, pricePerNight: 95, guests: 2 } })
    expect((await traveler('GET', path, undefined, seeing(changed))).body).toEqual(changed.body)

    expect(await owner('DELETE', path)).toMatchObject({ status: 204, body: null })
    const withdrawn = { status: 200, body: { ...changed.body, withdrawn: true } }
    expect(await traveler('GET', path)).toMatchObject(withdrawn)
    expect(await owner('GET', path)).toMatchObject(withdrawn)
    const stranger = system.as('traveler', 'traveler-9')
    expect(await stranger('GET', path)).toMatchObject({ status: 404, body: { code: 'unknown_listing' } })
    expect(await book(request)).toMatchObject({ status: 404, body: { code: 'unknown_listing' } })
    expect(await owner('PUT', path, cabin)).toMatchObject({ status: 409, body: { code: 'listing_withdrawn' } })
    expect(await owner('DELETE', path)).toMatchObject({ status: 409, body: { code: 'listing_withdrawn' } })
    const named = expect.objectContaining({ propertyId, propertyName: cabin.propertyName })
    expect((await traveler('GET', '/api/travelers/bookings')).body.bookings).toContainEqual(named)
    expect((await owner('GET', '/api/owners/bookings')).body.bookings).toContainEqual(named)
  })

  test('are changed with the body that a read returned, and keep their currency', async () => {
    const { body } = await owner('POST', '/api/properties', { ...cabin, currency: 'HUF', pricePerNight: 45_000 })
    const path = `/api/properties/${body.propertyId}`
    expect(await owner('PUT', path, body)).toMatchObject({ status: 200, body })
    const { currency: _, propertyId: _id, ownerId: _owner, ...bare } = body
    const changed = await owner('PUT', path, { ...bare, pricePerNight: 46_000.5 })
    expect(changed).toMatchObject({ status: 200, body: { ...body, pricePerNight: 46_000.5 } })
    const read = await traveler('GET', `/v1/listings/${body.propertyId}`)
    expect(read.body.price).toEqual({ amount: 4_600_050, currency: 'HUF' })

    const refused = async (changes: object) => (await owner('PUT', path, { ...body, ...changes })).body
    expect(await refused({ ownerId: 'owner-2' })).toMatchObject({ status: 422, errors: [{ pointer: '/ownerId' }] })
    expect(await refused({ propertyId: VILLA })).toMatchObject({ status: 422, errors: [{ pointer: '/propertyId' }] })
    expect(await refused({ currency: 'JPY', pricePerNight: 0.5 })).toMatchObject({
      status: 422,
      errors: [{ pointer: '/pricePerNight' }],
    })
    expect(await refused({ currency: 'DEM' })).toMatchObject({ status: 422, errors: [{ pointer: '/currency' }] })
  })

  test('are booked at a total that the currency has, and no other', async () => {
    const price = { ...cabin, currency: 'IQD', pricePerNight: 45.5 }
    const { propertyId } = (await owner('POST', '/api/properties', price)).body
    const request = { ...inMonth('02'), propertyId, guests: 2 }
    expect((await book({ ...request, totalPrice: 182.0005 })).body).toMatchObject({
      status: 422,
      errors: [{ pointer: '/totalPrice', detail: 'totalPrice must be an amount of IQD.' }],
    })
    const booked = await book({ ...request, totalPrice: 182 })
    expect(booked).toMatchObject({ status: 201, body: { totalPrice: 182 } })
    expect((await traveler('GET', `/v1/bookings/${booked.body.id}`)).body.price).toEqual({
      amount: 182_000,
      currency: 'IQD',
    })
  })

  test('keep a given id, which is then taken; a repeated key returns the same property', async () => {
    const once = () => owner('POST', '/api/properties', { ...cabin, propertyId: 'cabin' }, { 'Idempotency-Key': 'c' })
    const first = await once()
    expect(first).toMatchObject({ status: 201, body: { propertyId: 'cabin' } })
    expect(await once()).toMatchObject({ status: 201, body: first.body })
    const again = await owner('POST', '/api/properties', { ...cabin, propertyId: 'cabin' })
    expect(again).toMatchObject({ status: 409, body: { code: 'listing_exists' } })
  })

  test('accept only documented fields', async () => {
    const refused = async (method: string, body: object) =>
      (await owner(method, method === 'PUT' ? `/api/properties/${VILLA}` : '/api/properties', body)).body.errors
    expect(await refused('POST', { ...cabin, pricePerNight: 89.505 })).toMatchObject([{ pointer: '/pricePerNight' }])
    expect(await refused('POST', { ...cabin, currency: 'euro' })).toMatchObject([{ pointer: '/currency' }])
    expect(await refused('POST', { ...cabin, name: 'Cabin' })).toMatchObject([{ pointer: '/name' }])
    expect(await refused('PUT', { propertyName: 'Cabin' })).toMatchObject([
      { pointer: '/guests' },
      { pointer: '/pricePerNight' },
    ])
  })
})

/** A second edge whose log lines the test reads. */
function loggingEdge({ query, ...changes }: { topic?: string; query?: string } = {}) {
  const { jwks, issuer, audience, proxy, query: queryUrl } = system.endpoints
  const lines: LogLine[] = []
  const config = {
    port: 0,
    proxy: { ...proxy, ...changes },
    queryUrl: query ?? queryUrl,
    tokens: { keys: localKeys(jwks), issuer, audience },
    allowPastDates: true,
    origins: [],
    requestsPerMinute: 0,
  }
  const app = composeEdge(
    config,
    createLogger('edge', (line) => lines.push(line)),
  )
  const as = (role: 'traveler' | 'owner'): Client =>
    clientOf(
      () => system.tokenOf(role, `${role}-1`),
      async (path, init) => app.request(path, init),
    )
  return { lines, as }
}

/** The messages that `kcat -t booking-requests` prints. */
async function requests(): Promise<Record<string, unknown>[]> {
  const { topic, ...proxy } = system.endpoints.proxy
  const positions = [0, 1, 2].map((partition) => ({ topic, partition, offset: 0 }))
  const messages = await new Kafka(proxy).consumer().fetch({ topicPartitionOffsets: positions, timeout: 1_000 })
  return messages.map(({ value }) => JSON.parse(value) as Record<string, unknown>)
}
