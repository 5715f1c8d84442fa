import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { failedBooking } from '../system/failed-booking.ts'
import { type Answer, type Client, startTestSystem, type TestSystem } from '../system/system.ts'

/** Decisions about bookings that are no longer pending, and the meaning of a 200. */

let system: TestSystem
let traveler: Client
let owner: Client

beforeAll(async () => {
  system = await startTestSystem()
  traveler = system.as('traveler', 'traveler-1')
  owner = system.as('owner', 'owner-1')
})

afterAll(() => system.close())

let next = 0
/** A request for nights that no other test books. */
function newRequest() {
  const day = (offset: number) => new Date(Date.UTC(2031, 0, 3 * next + offset)).toISOString().slice(0, 10)
  next++
  return { listingId: 'listing-123', checkIn: day(1), checkOut: day(2), guests: 2 }
}

const ask = (body: object, headers = { Prefer: 'wait=10' }): Promise<Answer> =>
  traveler('POST', '/v1/bookings', body, headers)

async function pending(): Promise<string> {
  const { status, body } = await ask(newRequest())
  expect([status, body.status]).toEqual([201, 'pending'])
  return body.id
}

const failed = (): Promise<string> => failedBooking(traveler, newRequest)

async function decided(verb: 'accept' | 'reject' | 'cancel', reason?: string): Promise<string> {
  const id = await pending()
  const { status } = await owner('POST', `/v1/bookings/${id}/${verb}`, reason && { reason })
  expect(status).toBe(200)
  return id
}

describe.each([
  [
    'failed',
    failed,
    { status: 'failed', reason: 'dates_unavailable' },
    /^The booking has failed: the dates are not available\.$/,
  ],
  [
    'was rejected',
    () => decided('reject', 'Painting'),
    { status: 'rejected', reason: 'Painting' },
    /^The booking was rejected: Painting\.$/,
  ],
  ['was cancelled', () => decided('cancel'), { status: 'cancelled', reason: null }, /^The booking was cancelled\.$/],
  ['was accepted', () => decided('accept'), { status: 'confirmed', reason: null }, /^The booking is confirmed\.$/],
])('a booking that %s', (_, make, booking, detail) => {
  const problem = { code: 'booking_already_decided', detail: expect.stringMatching(detail), remedy: expect.any(String) }

  test.each(['accept', 'reject'])('cannot be decided again: %s', async (verb) => {
    const id = await make()
    const answer = await owner('POST', `/v1/bookings/${id}/${verb}`)
    expect(answer).toMatchObject({ status: 409, body: { ...problem, booking: { id, ...booking } } })
  })

  test("returns the same problem on the documents' routes", async () => {
    const id = await make()
    const expected = { status: 409, body: { ...problem, booking: { id, ...booking } } }
    expect(await owner('POST', `/api/bookings/${id}/accept`)).toMatchObject(expected)
    expect(await owner('PUT', `/api/owners/bookings/${id}/approve`)).toMatchObject(expected)
  })

  if (booking.status === 'confirmed') return
  test('cannot be cancelled', async () => {
    const id = await make()
    const expected = { status: 409, body: { ...problem, booking: { id, ...booking } } }
    expect(await traveler('POST', `/v1/bookings/${id}/cancel`)).toMatchObject(expected)
  })
})

test('a cancellation that races an acceptance succeeds; a 200 to the acceptance means that the booking was confirmed', async () => {
  for (let round = 0; round < 20; round++) {
    const id = await pending()
    const path = `/v1/bookings/${id}`
    const accept = owner('POST', `${path}/accept`)
    const [accepted, cancelled] = await Promise.all([accept, traveler('POST', `${path}/cancel`)])
    expect(cancelled).toMatchObject({ status: 200, body: { status: 'cancelled' } })
    const seeing = { 'Consistency-Token': cancelled.headers.get('Consistency-Token')! }
    const { data } = (await traveler('GET', `${path}/events`, undefined, seeing)).body
    const events = data.map(({ type, version }: { type: string; version: number }) => `${type} ${version}`)
    if (accepted.status === 200) {
      expect(accepted.body).toMatchObject({ id, status: 'confirmed', version: 2 })
      expect(events).toEqual(['booking.created 1', 'booking.confirmed 2', 'booking.cancelled 3'])
    } else {
      expect(accepted).toMatchObject({
        status: 409,
        body: { code: 'booking_already_decided', booking: cancelled.body },
      })
      expect(events).toEqual(['booking.created 1', 'booking.cancelled 2'])
    }
  }
})

test('a cancellation with If-Match of the pending version fails after an acceptance', async () => {
  const id = await pending()
  expect((await owner('POST', `/v1/bookings/${id}/accept`)).status).toBe(200)
  const late = await traveler('POST', `/v1/bookings/${id}/cancel`, undefined, { 'If-Match': '"1"' })
  expect(late).toMatchObject({ status: 412, body: { code: 'version_mismatch', booking: { status: 'confirmed' } } })
})
