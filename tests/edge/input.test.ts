import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { failedBooking } from '../system/failed-booking.ts'
import { type Client, startTestSystem, type TestSystem } from '../system/system.ts'

/** What clients send in different ways and mean alike, on the whole system. */

let system: TestSystem
let traveler: Client
let owner: Client

beforeAll(async () => {
  system = await startTestSystem({ RATE_LIMIT_PER_MINUTE: '0' })
  traveler = system.as('traveler', 'traveler-1')
  owner = system.as('owner', 'owner-1')
})

afterAll(() => system.close())

let next = 0
/** A request for one night that no other test books. */
function newRequest(changes: object = {}) {
  const day = (offset: number) => new Date(Date.UTC(2034, 0, 2 * next + offset)).toISOString().slice(0, 10)
  next++
  return { listingId: 'listing-123', checkIn: day(1), checkOut: day(2), guests: 2, ...changes }
}

const wait = { Prefer: 'wait=10' }

describe('text of several lines', () => {
  test('is kept in special requests and in reasons, with line feeds', async () => {
    const booked = await traveler(
      'POST',
      '/v1/bookings',
      newRequest({ specialRequests: 'A cot.\r\nA chair.\r\n' }),
      wait,
    )
    expect(booked).toMatchObject({ status: 201, body: { specialRequests: 'A cot.\nA chair.' } })
    const path = `/v1/bookings/${booked.body.id}`
    const rejected = await owner('POST', `${path}/reject`, { reason: 'Painting.\rThat week.' })
    expect(rejected).toMatchObject({ status: 200, body: { reason: 'Painting.\nThat week.' } })
    const after = { 'Consistency-Token': rejected.headers.get('consistency-token')! }
    const { body } = await traveler('GET', '/v1/notifications?limit=1', undefined, after)
    expect(body.data[0].body).toMatch(/: Painting\.\nThat week\.$/)
  })
})

test('a failed booking has a sentence for people and a code for programs', async () => {
  const id = await failedBooking(traveler, newRequest)
  expect((await traveler('GET', `/v1/bookings/${id}`)).body).toMatchObject({
    status: 'failed',
    reason: 'dates_unavailable',
  })
  const seen = async () => (await traveler('GET', '/api/notifications')).body.notifications[0].message
  await expect.poll(seen).toMatch(/ failed: the dates are not available\.$/)
})

describe('a body', () => {
  const post = async (path: string, as: 'traveler' | 'owner', body: string | Uint8Array<ArrayBuffer>, headers = {}) => {
    const authorization = `Bearer ${await system.tokenOf(as, `${as}-1`)}`
    const sent = { authorization, 'Content-Type': 'application/json', ...headers }
    const response = await fetch(`http://localhost:${system.ports.edge}${path}`, {
      method: 'POST',
      headers: sent,
      body,
    })
    return { status: response.status, body: await response.json() }
  }

  test('with a byte order mark is read', async () => {
    const text = `\ufeff${JSON.stringify(newRequest())}`
    expect(await post('/v1/bookings', 'traveler', text)).toMatchObject({ status: 201 })
  })

  test('that is empty decides without a reason, with any Content-Type', async () => {
    for (const type of ['application/json', 'text/plain', '']) {
      for (const [verb, as] of [
        ['accept', 'owner'],
        ['reject', 'owner'],
        ['cancel', 'traveler'],
      ] as const) {
        const { body } = await traveler('POST', '/v1/bookings', newRequest(), wait)
        const answer = await post(`/v1/bookings/${body.id}/${verb}`, as, '', { 'Content-Type': type })
        expect(answer, `${verb} ${type}`).toMatchObject({ status: 200, body: { reason: null } })
      }
    }
  })

  test('with null in optional fields is read as without them', async () => {
    const { guests, ...request } = newRequest()
    const nulls = { quantity: null, specialRequests: null, price: null }
    const booked = await traveler('POST', '/v1/bookings', { ...request, guests, ...nulls })
    expect(booked).toMatchObject({ status: 201, body: { quantity: 1, specialRequests: null } })
    const { checkIn, checkOut } = newRequest()
    const lab2 = { listing_id: 'listing-123', check_in: checkIn, check_out: checkOut, guest_count: 1 }
    const asked = await traveler('POST', '/api/bookings', { ...lab2, special_requests: null })
    expect(asked).toMatchObject({ status: 201, body: { metadata: { special_requests: '' } } })
  })
})

test('If-Match takes a list of versions', async () => {
  const { body } = await traveler('POST', '/v1/bookings', newRequest(), wait)
  const accept = (etags: string) => owner('POST', `/v1/bookings/${body.id}/accept`, undefined, { 'If-Match': etags })
  expect((await accept('"2", "3"')).status).toBe(412)
  expect((await accept('W/"7", "2", "1"')).status).toBe(200)
})

test.each([
  ['FLIGHT456', {}, { quantity: 3, price: { amount: 135_000, currency: 'USD' } }],
  ['FLIGHT456', { quantity: null }, { quantity: 3, price: { amount: 135_000, currency: 'USD' } }],
  ['FLIGHT456', { quantity: 2 }, { quantity: 2, price: { amount: 90_000, currency: 'USD' } }],
  ['HOTEL789', {}, { quantity: 1, price: { amount: 18_000, currency: 'USD' } }],
])('three guests of %s with %j book %j', async (listingId, changes, expected) => {
  const { checkOut, ...day } = newRequest({ listingId, guests: 3, ...changes })
  const request = listingId === 'FLIGHT456' ? day : { ...day, checkOut }
  const { status, body } = await traveler('POST', '/v1/bookings', request)
  expect({ status, body }).toMatchObject({ status: 201, body: expected })
  expect((await traveler('GET', `/v1/bookings/${body.id}`)).body).toMatchObject(expected)
})
