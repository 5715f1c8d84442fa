import { afterAll, beforeAll, describe, expect, test } from 'vitest'
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
  const request = newRequest()
  await traveler('POST', '/v1/bookings', request, wait)
  const second = await traveler('POST', '/api/bookings', {
    listing_id: request.listingId,
    check_in: request.checkIn,
    check_out: request.checkOut,
    guest_count: 1,
  })
  const path = second.headers.get('location')!
  await expect.poll(async () => (await traveler('GET', path)).body.status).toBe('failed')
  expect((await traveler('GET', path)).body.reason).toBe('dates_unavailable')
  const seen = async () => (await traveler('GET', '/api/notifications')).body.notifications[0].message
  await expect.poll(seen).toMatch(/ failed: the dates are not available\.$/)
})
