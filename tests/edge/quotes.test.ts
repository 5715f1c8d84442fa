import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Client, startTestSystem, type TestSystem } from '../system/system.ts'

/** Quotes on the whole system, and the bookings that they predict. */

let system: TestSystem
let traveler: Client
let owner: Client

beforeAll(async () => {
  system = await startTestSystem()
  traveler = system.as('traveler', 'traveler-1')
  owner = system.as('owner', 'owner-1')
})

afterAll(() => system.close())

const span = { checkIn: '2034-01-01', checkOut: '2034-01-04' }
const asked = { listingId: 'listing-123', ...span, guests: 2 }
const quote = (body: object, as = traveler, headers = {}) => as('POST', '/v1/quotes', body, headers)

describe('POST /v1/quotes', () => {
  test('returns the price that a booking has, and writes nothing', async () => {
    const { status, body, headers } = await quote(asked)
    expect({ status, body }).toMatchObject({
      status: 200,
      body: { nights: 3, available: true, reason: null, errors: [] },
    })
    expect(headers.get('consistency-token')).toBeNull()
    const booked = await traveler('POST', '/v1/bookings', { ...asked, price: body.price }, { Prefer: 'wait=10' })
    expect(booked).toMatchObject({ status: 201, body: { price: body.price } })
  })

  test('of taken days is unavailable, after a write that it names', async () => {
    const days = { listingId: 'listing-123', checkIn: '2034-02-01', checkOut: '2034-02-03', guests: 2 }
    const booked = await traveler('POST', '/v1/bookings', days)
    const token = { 'Consistency-Token': booked.headers.get('consistency-token')! }
    const unavailable = { available: false, reason: 'dates_unavailable', errors: [], price: { amount: 25_000 } }
    expect(await quote(days, traveler, token)).toMatchObject({ status: 200, body: unavailable })
    expect(await quote(days, owner)).toMatchObject({ status: 200, body: unavailable })
  })

  test.each([
    ['too many guests', { guests: 9 }, 'too_many_guests', '/guests'],
    ['too many rooms', { quantity: 2 }, 'dates_unavailable', '/quantity'],
  ])('with %s names the field', async (_, changes, reason, pointer) => {
    const { body } = await quote({ ...asked, checkIn: '2034-03-01', checkOut: '2034-03-02', ...changes })
    expect(body).toMatchObject({ available: false, reason, errors: [{ pointer }] })
  })

  test('of a past day is unavailable where past days cannot be booked', async () => {
    const strict = await startTestSystem({ ALLOW_PAST_DATES: 'false' })
    const past = { ...asked, checkIn: '2020-01-01', checkOut: '2020-01-03' }
    const { body } = await quote(past, strict.as('traveler', 'traveler-1'))
    await strict.close()
    expect(body).toMatchObject({ available: false, reason: 'invalid_dates', errors: [{ pointer: '/checkIn' }] })
  })

  test('of a departure on the last possible day has a price', async () => {
    const last = { listingId: 'FLIGHT456', checkIn: '9999-12-31', guests: 2 }
    expect(await quote(last)).toMatchObject({ status: 200, body: { nights: 1, available: true } })
  })

  test.each<[string, object, number, string, string[]]>([
    ['an unknown listing', { listingId: 'nowhere' }, 404, 'unknown_listing', []],
    ['an unknown field', { price: { amount: 1, currency: 'USD' } }, 422, 'invalid_request', ['/price']],
    ['no guests', { guests: 0 }, 422, 'invalid_request', ['/guests']],
    ['a check-out before the check-in', { checkOut: '2033-01-01' }, 422, 'invalid_dates', ['/checkOut']],
    ['no check-out of a stay', { checkOut: null }, 422, 'invalid_dates', ['/checkOut']],
    ['a check-out of a flight', { listingId: 'FLIGHT456' }, 422, 'invalid_dates', ['/checkOut']],
  ])('with %s is a problem', async (_, changes, status, code, pointers) => {
    const { body, ...answer } = await quote({ ...asked, ...changes })
    expect([answer.status, body.code]).toEqual([status, code])
    expect((body.errors ?? []).map(({ pointer }: { pointer: string }) => pointer)).toEqual(pointers)
  })

  test('rejects a query parameter', async () => {
    expect(await traveler('POST', '/v1/quotes?currency=USD', asked)).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: 'currency' }] },
    })
  })
})

test('a cancellation quote follows the booking from its request to its end', async () => {
  const draft = { name: 'A cottage', maxGuests: 2, price: { amount: 101, currency: 'USD' } }
  const rules = { cancellationPolicy: 'non-refundable' }
  const { body: listing } = await owner('POST', '/v1/listings', { ...draft, ...rules })
  const request = { listingId: listing.id, ...span, guests: 2 }
  const { body: booking } = await traveler('POST', '/v1/bookings', request, { Prefer: 'wait=10' })
  const path = `/v1/bookings/${booking.id}`
  const read = (as = traveler) => as('GET', `${path}/cancellation-quote`)
  expect(await read()).toMatchObject({ status: 200, body: { status: 'pending', percent: 100, fee: { amount: 0 } } })
  await owner('POST', `${path}/accept`)
  expect(await read()).toMatchObject({ status: 200, body: { status: 'confirmed', percent: 0, fee: { amount: 303 } } })
  expect(await read(owner)).toMatchObject({ status: 200, body: { percent: 100 } })
  await owner('POST', `${path}/cancel`)
  expect(await read()).toMatchObject({ status: 409, body: { code: 'booking_already_decided' } })
})
