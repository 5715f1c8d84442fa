import { afterEach, expect, test } from 'vitest'
import { startTestSystem, type TestSystem } from './system.ts'

let system: TestSystem

afterEach(() => system.close())

const wish = { listingId: 'listing-123', checkIn: '2031-05-01', checkOut: '2031-05-03', guests: 2 }

test('a restart finds everything and seeds nothing twice', async () => {
  system = await startTestSystem()
  const [traveler, owner] = [system.as('traveler', 'traveler-1'), system.as('owner', 'owner-1')]
  const { body: booking } = await traveler('POST', '/v1/bookings', wish)
  const listings = (await traveler('GET', '/v1/listings')).body

  await system.restart()
  expect((await traveler('GET', '/v1/listings')).body).toEqual(listings)
  expect((await traveler('GET', `/v1/bookings/${booking.id}`)).body).toEqual(booking)
  expect((await owner('POST', `/v1/bookings/${booking.id}/accept`)).body.status).toBe('confirmed')
})

test('what is asked for while nobody decides is decided afterwards, in order', { timeout: 30_000 }, async () => {
  system = await startTestSystem()
  await system.restart({ PROCESSOR_ROLES: 'none' })
  const [first, second] = [system.as('traveler', 'first'), system.as('traveler', 'second')]
  const early = await first('POST', '/v1/bookings', wish)
  const late = await second('POST', '/v1/bookings', wish)
  expect([early.status, late.status]).toEqual([201, 201])

  await system.restart()
  const statusOf = async (client: typeof first, id: string) => (await client('GET', `/v1/bookings/${id}`)).body.status
  await expect.poll(() => statusOf(first, early.body.id)).toBe('pending')
  await expect.poll(() => statusOf(second, late.body.id)).toBe('failed')
})

test('a decision that nobody takes in time is a 202, and is taken afterwards', { timeout: 30_000 }, async () => {
  system = await startTestSystem()
  const [traveler, owner] = [system.as('traveler', 'traveler-1'), system.as('owner', 'owner-1')]
  const { body } = await traveler('POST', '/v1/bookings', wish)
  const path = `/v1/bookings/${body.id}`
  await expect.poll(async () => (await traveler('GET', path)).status).toBe(200)

  await system.restart({ PROCESSOR_ROLES: 'none' })
  const answer = await owner('POST', `${path}/accept`)
  expect([answer.status, answer.body.status]).toEqual([202, 'pending'])
  expect(answer.headers.get('location')).toBe(path)

  await system.restart()
  await expect.poll(async () => (await traveler('GET', path)).body.status).toBe('confirmed')
})

test('a decision about what nobody has decided yet is a 503: it may come', { timeout: 30_000 }, async () => {
  system = await startTestSystem()
  await system.restart({ PROCESSOR_ROLES: 'none' })
  const [traveler, owner] = [system.as('traveler', 'traveler-1'), system.as('owner', 'owner-1')]
  const { body } = await traveler('POST', '/v1/bookings', wish)
  const answer = await owner('POST', `/v1/bookings/${body.id}/accept`)
  expect([answer.status, answer.body.code]).toEqual([503, 'not_yet_visible'])
  expect(answer.headers.get('retry-after')).toBe('1')
})
