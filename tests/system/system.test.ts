import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { failedBooking } from './failed-booking.ts'
import { type Client, startTestSystem, type TestSystem } from './system.ts'

/** The whole system in one process, with real HTTP between its parts, from the outside. */

let system: TestSystem
let traveler: Client
let owner: Client
let admin: Client

beforeAll(async () => {
  system = await startTestSystem()
  traveler = system.as('traveler', 'traveler-1')
  owner = system.as('owner', 'owner-1')
  admin = system.as('admin', 'admin-1')
})

afterAll(() => system.close())

/** Returns two nights that no other test books. */
let next = 0
function nights(): { checkIn: string; checkOut: string } {
  const day = (offset: number) => new Date(Date.UTC(2031, 0, offset)).toISOString().slice(0, 10)
  next += 3
  return { checkIn: day(next), checkOut: day(next + 2) }
}

const newRequest = (changes: object = {}) => ({ listingId: 'listing-123', ...nights(), guests: 2, ...changes })

async function book(changes: object = {}): Promise<string> {
  const { status, body } = await traveler('POST', '/v1/bookings', newRequest(changes))
  expect(status).toBe(201)
  return body.id
}

const untilStatus = (id: string, status: string) =>
  expect.poll(async () => (await traveler('GET', `/v1/bookings/${id}`)).body.status).toBe(status)

describe('a booking', () => {
  test('is requested and accepted, and the traveler is notified', async () => {
    const requested = await traveler('POST', '/v1/bookings', newRequest())
    expect(requested.status).toBe(201)
    expect(requested.body).toMatchObject({
      status: 'pending',
      travelerId: 'traveler-1',
      ownerId: 'owner-1',
      version: 1,
    })
    expect(requested.headers.get('location')).toBe(`/v1/bookings/${requested.body.id}`)

    const found = await traveler('GET', requested.headers.get('location')!)
    expect(found.body).toEqual(requested.body)

    const accepted = await owner('POST', `/v1/bookings/${requested.body.id}/accept`)
    expect(accepted.status).toBe(200)
    expect(accepted.body).toMatchObject({ id: requested.body.id, status: 'confirmed', version: 2 })

    const mine = async () => (await traveler('GET', '/v1/notifications?unread=true')).body.data
    const about = { bookingId: requested.body.id, type: 'booking.confirmed', readAt: null }
    await expect.poll(mine).toContainEqual(expect.objectContaining(about))
    const { id } = (await mine()).find((one: { bookingId: string }) => one.bookingId === requested.body.id)
    expect((await traveler('POST', `/v1/notifications/${encodeURIComponent(id)}/read`)).status).toBe(200)
    expect(await mine()).not.toContainEqual(expect.objectContaining({ id }))
    expect((await owner('POST', `/v1/notifications/${encodeURIComponent(id)}/read`)).status).toBe(404)
  })

  test('has a history of events', async () => {
    const id = await book()
    await owner('POST', `/v1/bookings/${id}/accept`)
    const { body } = await traveler('GET', `/v1/bookings/${id}/events`)
    expect(body.data.map(({ type }: { type: string }) => type)).toEqual(['booking.created', 'booking.confirmed'])
  })

  test('fails when another booking has the night', async () => {
    const late = await failedBooking(traveler, newRequest)
    expect((await traveler('GET', `/v1/bookings/${late}`)).body).toMatchObject({
      status: 'failed',
      reason: 'dates_unavailable',
    })
  })

  test('is decided once: the second decision returns 409 with the booking that won', async () => {
    const id = await book()
    await owner('POST', `/v1/bookings/${id}/reject`, { reason: 'a wedding' })
    const second = await owner('POST', `/v1/bookings/${id}/accept`)
    expect(second.status).toBe(409)
    expect(second.headers.get('content-type')).toBe('application/problem+json')
    expect(second.body).toMatchObject({
      code: 'booking_already_decided',
      booking: { id, status: 'rejected', reason: 'a wedding' },
    })
  })

  test('is decided once by concurrent decisions', async () => {
    const id = await book()
    const verbs = ['accept', 'reject', 'accept', 'reject', 'accept', 'reject']
    const answers = await Promise.all(verbs.map((verb) => owner('POST', `/v1/bookings/${id}/${verb}`)))
    expect(answers.map(({ status }) => status).sort((a, b) => a - b)).toEqual([200, 409, 409, 409, 409, 409])
    const winner = answers.find(({ status }) => status === 200)!.body
    for (const { body } of answers) expect(body.booking ?? body).toEqual(winner)
  })

  test('is cancelled by its traveler, which frees its nights', async () => {
    const dates = nights()
    const id = await book(dates)
    await owner('POST', `/v1/bookings/${id}/accept`)
    const { status, body } = await traveler('POST', `/v1/bookings/${id}/cancel`)
    expect({ status, is: body.status }).toEqual({ status: 200, is: 'cancelled' })
    const again = await book(dates)
    expect((await owner('POST', `/v1/bookings/${again}/accept`)).status).toBe(200)
  })

  test('is created once by concurrent requests with one key', async () => {
    const body = newRequest()
    const ask = () => traveler('POST', '/v1/bookings', body, { 'Idempotency-Key': 'same-again' })
    const answers = await Promise.all(Array.from({ length: 10 }, ask))
    expect(new Set(answers.map(({ status, body: { id } }) => `${status} ${id}`)).size).toBe(1)
    const { id } = answers[0]!.body
    await untilStatus(id, 'pending')
    const { body: list } = await traveler('GET', '/v1/bookings?listingId=listing-123&limit=100')
    expect(list.data.filter((one: { checkIn: string }) => one.checkIn === body.checkIn)).toHaveLength(1)
  })

  test('is hidden from other travelers and owners', async () => {
    const id = await book()
    await untilStatus(id, 'pending')
    const [stranger, otherOwner] = [system.as('traveler', 'traveler-2'), system.as('owner', 'owner-2')]
    expect((await stranger('GET', `/v1/bookings/${id}`)).body.code).toBe('unknown_booking')
    expect((await stranger('POST', `/v1/bookings/${id}/cancel`)).status).toBe(404)
    expect((await otherOwner('POST', `/v1/bookings/${id}/accept`)).status).toBe(404)
    expect((await traveler('POST', `/v1/bookings/${id}/accept`)).status).toBe(403)
    expect((await owner('POST', `/v1/bookings/${id}/accept`)).status).toBe(200)
  })

  test('can be accepted by an admin', async () => {
    const id = await book()
    expect((await admin('POST', `/v1/bookings/${id}/accept`)).body).toMatchObject({ status: 'confirmed' })
  })
})

describe('bookings', () => {
  test('are listed in pages, newest first', async () => {
    const pages = system.as('traveler', 'pages')
    const ids: string[] = []
    for (let i = 0; i < 3; i++) ids.unshift((await pages('POST', '/v1/bookings', newRequest())).body.id)
    await expect.poll(async () => (await pages('GET', '/v1/bookings')).body.data.length).toBe(3)
    const first = await pages('GET', '/v1/bookings?limit=2')
    const second = await pages('GET', `/v1/bookings?limit=2&cursor=${encodeURIComponent(first.body.nextCursor)}`)
    expect([...first.body.data, ...second.body.data].map(({ id }: { id: string }) => id)).toEqual(ids)
    expect(second.body.nextCursor).toBeNull()
  })

  test.each([
    ['an unknown listing', { listingId: 'nowhere' }, 404, 'unknown_listing', undefined],
    ['too many guests', { guests: 5 }, 422, 'too_many_guests', '/guests'],
    ['no check-out', { checkOut: null }, 422, 'invalid_dates', '/checkOut'],
    ['another price', { price: { amount: 1, currency: 'USD' } }, 409, 'price_mismatch', '/price'],
    ['more rooms than the capacity', { quantity: 2 }, 409, 'dates_unavailable', '/quantity'],
  ])('with %s are rejected', async (_, changes, status, code, pointer) => {
    const answer = await traveler('POST', '/v1/bookings', newRequest(changes))
    expect(answer.status).toBe(status)
    expect(answer.body).toMatchObject({ code, status })
    expect(answer.body.errors?.[0].pointer).toBe(pointer)
  })
})

describe('a listing', () => {
  const draft = {
    kind: 'hotel',
    name: 'Grand Hotel',
    capacity: 2,
    maxGuests: 2,
    price: { amount: 9_000, currency: 'EUR' },
  }

  test('is published, changed and withdrawn by its owner', async () => {
    const published = await owner('POST', '/v1/listings', draft)
    expect(published.status).toBe(201)
    expect(published.body).toMatchObject({ ...draft, ownerId: 'owner-1', confirmationPolicy: 'payment' })
    const path = published.headers.get('location')!
    expect((await traveler('GET', path)).body).toEqual(published.body)

    const changed = await owner('PATCH', path, { name: 'Grander Hotel' })
    expect(changed.body).toEqual({ ...published.body, name: 'Grander Hotel' })
    const list = await traveler('GET', '/v1/listings?ownerId=owner-1&kind=hotel')
    expect(list.body.data).toContainEqual(changed.body)
    expect(await owner('PATCH', path, changed.body)).toMatchObject({ status: 200, body: changed.body })
    const refused = await owner('PATCH', path, { ...changed.body, kind: 'stay', ownerId: 'owner-2' })
    expect(refused.status).toBe(422)
    expect(refused.body.errors).toMatchObject([{ pointer: '/ownerId' }, { pointer: '/kind' }])
    const faultsOf = async (update: object) => (await owner('PATCH', path, update)).body.errors
    expect(await faultsOf({ kind: 'stay' })).toEqual([
      { pointer: '/kind', detail: 'kind is read-only and must be hotel.' },
    ])
    for (const update of [{ kind: 'hotel' }, {}, { name: null }])
      expect(await faultsOf(update)).toEqual([{ pointer: '', detail: 'The body must change something.' }])

    expect((await owner('DELETE', path)).status).toBe(204)
    expect((await traveler('GET', path)).status).toBe(404)
    expect(await owner('GET', path)).toMatchObject({ status: 200, body: { ...changed.body, withdrawn: true } })
    const requested = await traveler('POST', '/v1/bookings', newRequest({ listingId: published.body.id }))
    expect(requested.body.code).toBe('unknown_listing')
  })

  test('shows its availability', async () => {
    const { body: listing } = await owner('POST', '/v1/listings', { ...draft, id: 'free-rooms' })
    const { checkIn, checkOut } = nights()
    const id = await book({ listingId: listing.id, checkIn, checkOut })
    await untilStatus(id, 'pending')
    const range = `from=${checkIn}&to=${new Date(Date.parse(checkOut) + 86_400_000).toISOString().slice(0, 10)}`
    const { body } = await traveler('GET', `/v1/listings/${listing.id}/availability?${range}`)
    expect(body.data.map(({ free }: { free: number }) => free)).toEqual([1, 1, 2])
  })

  test('cannot have rules that contradict each other', async () => {
    const problem = { status: 422, body: { code: 'invalid_listing', errors: [{ pointer: '/minNights' }] } }
    expect(await owner('POST', '/v1/listings', { ...draft, minNights: 5, maxNights: 3 })).toMatchObject(problem)
    await owner('POST', '/v1/listings', { ...draft, id: 'short', maxNights: 3 })
    expect(await owner('PATCH', '/v1/listings/short', { minNights: 5 })).toMatchObject(problem)
  })

  test('can be published only once under one id', async () => {
    await owner('POST', '/v1/listings', { ...draft, id: 'once' })
    const again = await owner('POST', '/v1/listings', { ...draft, id: 'once' })
    expect([again.status, again.body.code]).toEqual([409, 'listing_exists'])
  })

  test('of another owner returns 404', async () => {
    const otherOwner = system.as('owner', 'owner-2')
    const answer = await otherOwner('PATCH', '/v1/listings/listing-123', { name: 'Mine' })
    expect([answer.status, answer.body.code]).toEqual([404, 'unknown_listing'])
    expect((await otherOwner('DELETE', '/v1/listings/listing-123')).status).toBe(404)
    expect((await owner('DELETE', '/v1/listings/no.id')).status).toBe(404)
    expect((await traveler('POST', '/v1/listings', draft)).status).toBe(403)
  })
})

test('analytics count decisions for the owner and for admins', async () => {
  const id = await book()
  await owner('POST', `/v1/bookings/${id}/accept`)
  const confirmed = async (client: Client) => (await client('GET', '/v1/analytics/summary')).body.confirmed
  await expect.poll(() => confirmed(owner)).toBeGreaterThan(0)
  await expect.poll(() => confirmed(admin)).toBeGreaterThan(0)
  expect(await confirmed(system.as('owner', 'owner-2'))).toBe(0)
  expect((await traveler('GET', '/v1/analytics/summary')).status).toBe(403)
  const series = await admin('GET', '/v1/analytics/timeseries?interval=day&groupBy=kind')
  expect(series.body.data).toContainEqual(expect.objectContaining({ group: 'stay' }))
})

test('edge, proxy and processor answer /healthz and /readyz', async () => {
  for (const port of Object.values(system.ports)) {
    expect((await fetch(`http://127.0.0.1:${port}/healthz`)).status).toBe(200)
    expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status).toBe(200)
  }
})
