import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Client, startTestSystem, type TestSystem } from './system.ts'

/** Bookings that are confirmed by payment, on the embedded payment gateway. */

let system: TestSystem
let traveler: Client
let owner: Client

beforeAll(async () => {
  system = await startTestSystem()
  traveler = system.as('traveler', 'traveler-1')
  owner = system.as('owner', 'owner-1')
})

afterAll(async () => {
  await system.close()
  expect(system.reports).toEqual([])
})

/** A day of departure that no other test uses. */
let days = 0
const nextDay = (): string => new Date(Date.UTC(2033, 0, ++days)).toISOString().slice(0, 10)

const flight = (paymentMethod?: string, changes: object = {}) => ({
  listingId: 'FLIGHT456',
  checkIn: nextDay(),
  guests: 2,
  ...(paymentMethod !== undefined && { paymentMethod }),
  ...changes,
})

async function book(request: object): Promise<string> {
  const { status, body } = await traveler('POST', '/v1/bookings', request)
  expect(status).toBe(201)
  return body.id
}

const read = async (id: string) => (await traveler('GET', `/v1/bookings/${id}`)).body

const becomes = (id: string, status: string, payment: object | null) =>
  expect
    .poll(async () => await read(id), { timeout: 10_000, interval: 20 })
    .toMatchObject({ status, payment: payment && expect.objectContaining(payment) })

async function freeOn(day: string, listingId = 'FLIGHT456'): Promise<number> {
  const next = new Date(Date.parse(day) + 86_400_000).toISOString().slice(0, 10)
  const { body } = await traveler('GET', `/v1/listings/${listingId}/availability?from=${day}&to=${next}`)
  return body.data[0].free
}

async function publish(changes: object): Promise<string> {
  const rules = {
    name: 'Ferry',
    capacity: 2,
    maxGuests: 4,
    price: { amount: 10_000, currency: 'EUR' },
    timeZone: 'UTC',
  }
  const { status, body } = await owner('POST', '/v1/listings', { kind: 'flight', ...rules, ...changes })
  expect(status).toBe(201)
  return body.id
}

describe('a booking by payment', () => {
  test('is confirmed and paid, and takes its seats', async () => {
    const request = flight()
    const id = await book(request)
    await becomes(id, 'confirmed', { status: 'captured', refunded: 0 })
    expect(await freeOn(request.checkIn)).toBe(178)
  })

  test.each([
    ['pm_card_chargeDeclined', 'payment_declined'],
    ['pm_card_insufficientFunds', 'insufficient_funds'],
    ['pm_unheard_of', 'payment_method_missing'],
  ])('fails with %s, and its seats are free again', async (method, reason) => {
    const request = flight(method)
    const id = await book(request)
    await becomes(id, 'failed', { status: 'failed' })
    expect(await read(id)).toMatchObject({ reason })
    expect(await freeOn(request.checkIn)).toBe(180)
  })

  test('is paid once although answers are lost', async () => {
    await becomes(await book(flight('pm_timeout')), 'confirmed', { status: 'captured' })
  })

  test('is paid once although its result comes again by webhook', async () => {
    await becomes(await book(flight('pm_duplicate_webhook')), 'confirmed', { status: 'captured' })
  })

  test.each([
    ['authenticate', 'confirmed', 'captured', null],
    ['decline', 'failed', 'failed', 'authentication_failed'],
  ])('waits for its traveler to %s', async (verb, status, payment, reason) => {
    const id = await book(flight('pm_card_authenticationRequired'))
    await becomes(id, 'pending', { status: 'requires_action' })
    const { nextAction } = (await read(id)).payment
    expect(new URL(nextAction).pathname).toBe(`/v1/dev/payments/${id}/authenticate`)
    const stranger = system.as('traveler', 'traveler-2')
    expect((await stranger('POST', `/v1/dev/payments/${id}/${verb}`)).status).toBe(404)
    expect((await traveler('POST', `/v1/dev/payments/${id}/${verb}`)).status).toBe(204)
    await becomes(id, status, { status: payment })
    expect(await read(id)).toMatchObject({ reason })
  })

  test('fails if its capture fails', async () => {
    const listingId = await publish({ price: { amount: 10_013, currency: 'EUR' } })
    const request = flight(undefined, { listingId, guests: 1 })
    const id = await book(request)
    await becomes(id, 'failed', { status: 'failed' })
    expect(await freeOn(request.checkIn, listingId)).toBe(2)
  })
})

describe('a booking by owner and payment', () => {
  const asked = async (method?: string) => {
    const listingId = await publish({ confirmationPolicy: 'owner+payment' })
    return book(flight(method, { listingId, guests: 1 }))
  }

  test('is confirmed by the owner after its authorization', async () => {
    const id = await asked()
    await becomes(id, 'pending', { status: 'authorized' })
    expect((await owner('POST', `/v1/bookings/${id}/accept`)).status).toBe(200)
    await becomes(id, 'confirmed', { status: 'captured' })
  })

  test('is confirmed by its authorization after the owner', async () => {
    const id = await asked('pm_card_authenticationRequired')
    await becomes(id, 'pending', { status: 'requires_action' })
    expect((await owner('POST', `/v1/bookings/${id}/accept`)).body.status).toBe('accepted')
    await traveler('POST', `/v1/dev/payments/${id}/authenticate`)
    await becomes(id, 'confirmed', { status: 'captured' })
  })

  test('gives the authorization back if the owner rejects it', async () => {
    const id = await asked()
    await becomes(id, 'pending', { status: 'authorized' })
    await owner('POST', `/v1/bookings/${id}/reject`)
    await becomes(id, 'rejected', { status: 'voided' })
  })

  test('gives up the payment if the traveler cancels before authenticating it', async () => {
    const id = await asked('pm_card_authenticationRequired')
    await becomes(id, 'pending', { status: 'requires_action' })
    await traveler('POST', `/v1/bookings/${id}/cancel`)
    await becomes(id, 'cancelled', { status: 'voided' })
  })
})

describe('a cancellation of a paid booking', () => {
  const paid = async (cancellationPolicy: string, daysAhead: number) => {
    const listingId = await publish({ cancellationPolicy })
    const checkIn = new Date(Date.now() + daysAhead * 86_400_000).toISOString().slice(0, 10)
    const id = await book({ listingId, checkIn, guests: 1 })
    await becomes(id, 'confirmed', { status: 'captured' })
    return id
  }

  test.each([
    ['flexible', 3, 10_000],
    ['moderate', 3, 0],
    ['moderate', 10, 10_000],
    ['firm', 10, 5_000],
    ['firm', 40, 10_000],
    ['strict', 10, 5_000],
    ['non-refundable', 40, 0],
  ])('under %s, %i days ahead, gives %i of 10000 back', async (policy, daysAhead, refunded) => {
    const id = await paid(policy, daysAhead)
    expect((await traveler('POST', `/v1/bookings/${id}/cancel`)).body.payment.refundDue).toBe(refunded)
    const status = { 0: 'captured', 10_000: 'refunded' }[refunded] ?? 'partially_refunded'
    await becomes(id, 'cancelled', { status, refunded, refundDue: refunded })
  })

  test('by the owner gives everything back', async () => {
    const id = await paid('non-refundable', 3)
    await owner('POST', `/v1/bookings/${id}/cancel`)
    await becomes(id, 'cancelled', { status: 'refunded', refunded: 10_000 })
  })
})

test('of 50 requests for the last two seats two are paid, and no money of the others is held', async () => {
  const listingId = await publish({})
  const request = flight(undefined, { listingId, guests: 1 })
  const answers = await Promise.all(Array.from({ length: 50 }, () => traveler('POST', '/v1/bookings', request)))
  const ids = answers.flatMap(({ status, body }) => (status === 201 ? [body.id] : []))
  const settled = async () => {
    const bookings = await Promise.all(ids.map(read))
    const counts = Map.groupBy(bookings, ({ status, payment }) => `${status} ${payment?.status}`)
    return Object.fromEntries(Array.from(counts, ([state, { length }]) => [state, length]))
  }
  const expected: Record<string, number> = { 'confirmed captured': 2 }
  if (ids.length > 2) expected['failed none'] = ids.length - 2
  await expect.poll(settled, { timeout: 20_000 }).toEqual(expected)
})
