import { afterEach, expect, test } from 'vitest'
import { startTestSystem, type TestSystem } from './system.ts'

let system: TestSystem

afterEach(() => system.close())

const requested = { listingId: 'listing-123', checkIn: '2031-05-01', checkOut: '2031-05-03', guests: 2 }

test('a restart keeps all data and publishes no demo listing twice', async () => {
  system = await startTestSystem()
  const [traveler, owner] = [system.as('traveler', 'traveler-1'), system.as('owner', 'owner-1')]
  const { body: booking } = await traveler('POST', '/v1/bookings', requested)
  const listings = (await traveler('GET', '/v1/listings')).body

  await system.restart()
  expect((await traveler('GET', '/v1/listings')).body).toEqual(listings)
  expect((await traveler('GET', `/v1/bookings/${booking.id}`)).body).toEqual(booking)
  expect((await owner('POST', `/v1/bookings/${booking.id}/accept`)).body.status).toBe('confirmed')
})

test('requests sent while no processor decides are decided later, in order', { timeout: 30_000 }, async () => {
  system = await startTestSystem()
  await system.restart({ PROCESSOR_ROLES: 'none' })
  const [first, second] = [system.as('traveler', 'first'), system.as('traveler', 'second')]
  const early = await first('POST', '/v1/bookings', requested)
  const late = await second('POST', '/v1/bookings', requested)
  expect([early.status, late.status]).toEqual([201, 201])

  await system.restart()
  const statusOf = async (client: typeof first, id: string) => (await client('GET', `/v1/bookings/${id}`)).body.status
  await expect.poll(() => statusOf(first, early.body.id)).toBe('pending')
  await expect.poll(() => statusOf(second, late.body.id)).toBe('failed')
})

test('a decision returns 202 while no processor decides, and is decided later', { timeout: 30_000 }, async () => {
  system = await startTestSystem()
  const [traveler, owner] = [system.as('traveler', 'traveler-1'), system.as('owner', 'owner-1')]
  const { body } = await traveler('POST', '/v1/bookings', requested)
  const path = `/v1/bookings/${body.id}`
  await expect.poll(async () => (await traveler('GET', path)).status).toBe(200)

  await system.restart({ PROCESSOR_ROLES: 'none' })
  const answer = await owner('POST', `${path}/accept`)
  expect([answer.status, answer.body.status]).toEqual([202, 'pending'])
  expect(answer.headers.get('location')).toBe(path)

  await system.restart()
  await expect.poll(async () => (await traveler('GET', path)).body.status).toBe('confirmed')
})

test('a decision about an undecided request returns 503 not_yet_visible', { timeout: 30_000 }, async () => {
  system = await startTestSystem()
  await system.restart({ PROCESSOR_ROLES: 'none' })
  const [traveler, owner] = [system.as('traveler', 'traveler-1'), system.as('owner', 'owner-1')]
  const { body } = await traveler('POST', '/v1/bookings', requested)
  const answer = await owner('POST', `/v1/bookings/${body.id}/accept`)
  expect([answer.status, answer.body.code]).toEqual([503, 'not_yet_visible'])
  expect(answer.headers.get('retry-after')).toBe('1')
})
