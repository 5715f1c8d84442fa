import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestSystem, type TestSystem } from '../system/system.ts'

/** The curls of lab2's document as requests, with the same paths, headers and bodies on another port. */

let system: TestSystem

beforeAll(async () => {
  system = await startTestSystem()
})

afterAll(() => system.close())

test('a traveler books, the owner accepts, the traveler has one unread notification', async () => {
  const [traveler, owner] = [system.as('traveler', 'traveler-1'), system.as('owner', 'owner-1')]

  const created = await traveler('POST', '/api/bookings', {
    listing_id: 'listing-123',
    check_in: '2025-12-01',
    check_out: '2025-12-05',
    guest_count: 2,
  })
  expect(created.status).toBe(201)
  expect(created.body).toMatchObject({
    booking_id: expect.any(String),
    listing_id: 'listing-123',
    guest_id: 'traveler-1',
    host_id: 'owner-1',
    check_in: '2025-12-01',
    check_out: '2025-12-05',
    total_price: 500,
    status: 'pending',
    metadata: { guest_count: 2, special_requests: '' },
  })

  const accepted = await owner('POST', `/api/bookings/${created.body.booking_id}/accept`)
  expect(accepted.status).toBe(200)
  expect(accepted.body).toMatchObject({ booking_id: created.body.booking_id, status: 'confirmed' })

  const notifications = async () => (await traveler('GET', '/api/notifications')).body
  await expect.poll(async () => (await notifications()).unread_count).toBe(1)
  const [notification] = (await notifications()).notifications
  expect(notification).toMatchObject({ booking_id: created.body.booking_id, type: 'booking.confirmed', read: false })

  const path = `/api/notifications/${encodeURIComponent(notification.id)}/read`
  expect((await traveler('PUT', path)).body).toEqual({ ...notification, read: true })
  expect((await traveler('POST', path)).status).toBe(200)
  expect((await notifications()).unread_count).toBe(0)
})

test("a problem has pointers to the document's fields", async () => {
  const traveler = system.as('traveler', 'traveler-1')
  const body = { listing_id: 'listing-123', check_in: '2025-12-05', check_out: '2025-12-01', guest_count: 2 }
  const pointerOf = async (changes: object) =>
    (await traveler('POST', '/api/bookings', { ...body, ...changes })).body.errors[0].pointer
  expect(await pointerOf({})).toBe('/check_out')
  expect(await pointerOf({ check_out: '2025-12-06', guest_count: 5 })).toBe('/guest_count')
  expect(await pointerOf({ guest_count: '2' })).toBe('/guest_count')
})
