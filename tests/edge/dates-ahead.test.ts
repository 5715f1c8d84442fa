import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Answer, type Client, startTestSystem, type TestSystem } from '../system/system.ts'

/** The edge rejects requests for dates that the query API knows to be taken, and repetitions still get the first answer. */

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
/** Two nights that no other test books. */
function nights() {
  const day = (offset: number) => new Date(Date.UTC(2034, 0, 3 * next + offset)).toISOString().slice(0, 10)
  next++
  return { checkIn: day(1), checkOut: day(3) }
}

const WAIT = { Prefer: 'wait=10' }
const TAKEN = { status: 409, body: { code: 'dates_unavailable' } }
const plain = ({ status, body }: Answer) => ({ status, body })
const timesOver = <T>(count: number, work: () => Promise<T>) => Promise.all(Array.from({ length: count }, work))

const book = (body: object, headers: Record<string, string> = {}) =>
  traveler('POST', '/v1/bookings', { listingId: 'listing-123', guests: 2, ...body }, headers)

async function publish(rules: object): Promise<string> {
  const draft = { name: 'A cottage', maxGuests: 2, price: { amount: 100, currency: 'USD' }, ...rules }
  const { status, body } = await owner('POST', '/v1/listings', draft)
  expect(status).toBe(201)
  return body.id
}

describe('a request for dates that are taken', () => {
  test.each<[string, (span: ReturnType<typeof nights>) => object]>([
    ['/v1/bookings', (span) => ({ listingId: 'listing-123', ...span, guests: 2 })],
    [
      '/api/bookings',
      ({ checkIn, checkOut }) => ({
        listing_id: 'listing-123',
        check_in: checkIn,
        check_out: checkOut,
        guest_count: 2,
      }),
    ],
    ['/api/travelers/bookings', (span) => ({ propertyId: 'listing-123', ...span, guests: 2, totalPrice: 250 })],
  ])('returns 409 at once from POST %s, and no booking fails', async (path, bodyOf) => {
    const span = nights()
    expect((await book(span, WAIT)).status).toBe(201)
    const refused = await traveler('POST', path, bodyOf(span))
    expect(refused).toMatchObject(TAKEN)
    // The problem of a decided request has its booking: nothing was sent here.
    expect(refused.body.booking).toBeUndefined()
    expect(refused.headers.get('consistency-token')).toBeNull()
  })

  test('returns 409 with a key too, which can request the days when they are free again', async () => {
    const span = nights()
    const { body } = await book(span, WAIT)
    const key = { 'Idempotency-Key': 'again-when-free', ...WAIT }
    expect(await book(span, key)).toMatchObject(TAKEN)
    expect((await traveler('POST', `/v1/bookings/${body.id}/cancel`)).status).toBe(200)
    expect(await book(span, key)).toMatchObject({ status: 201, body: { status: 'pending' } })
  })

  test('returns 409 for blocked days', async () => {
    const listingId = await publish({})
    const { checkIn, checkOut } = nights()
    await owner('POST', `/v1/listings/${listingId}/blocks`, { from: checkIn, to: checkOut })
    expect(await book({ listingId, checkIn, checkOut })).toMatchObject(TAKEN)
  })

  test('is sent while a unit is left', async () => {
    const listingId = await publish({ kind: 'hotel', capacity: 2, confirmationPolicy: 'owner' })
    const request = { listingId, ...nights() }
    for (const status of [201, 201, 409]) expect((await book(request, WAIT)).status).toBe(status)
  })
})

test('pending requests of a listing without holds do not count, and confirmed ones do', async () => {
  const listingId = await publish({ holdOnRequest: false })
  const request = { listingId, ...nights() }
  const [first, second] = [await book(request, WAIT), await book(request, WAIT)]
  expect([first.status, second.status]).toEqual([201, 201])
  expect((await owner('POST', `/v1/bookings/${first.body.id}/accept`)).body.status).toBe('confirmed')
  expect(await book(request)).toMatchObject(TAKEN)
})

describe('a repetition whose own booking has taken the dates returns the first answer', () => {
  test('of ten at once, in each of twenty rounds', { timeout: 60_000 }, async () => {
    for (let round = 0; round < 20; round++) {
      const span = nights()
      const key = { 'Idempotency-Key': `round-${round}`, ...(round % 2 === 0 && WAIT) }
      const [first, ...others] = (await timesOver(10, () => book(span, key))).map(plain)
      expect(first).toMatchObject({ status: 201, body: { status: 'pending', version: 1 } })
      for (const other of others) expect(other).toEqual(first)
    }
  })

  test('while no receipt is visible', { timeout: 60_000 }, async () => {
    await system.restart({ PROCESSOR_ROLES: 'decisions' })
    const span = nights()
    const key = { 'Idempotency-Key': 'no-receipt-yet', Prefer: 'wait=1' }
    const first = await book(span, key)
    expect(first.status).toBe(202)
    await expect.poll(async () => (await book(span)).status).toBe(409)
    const again = await book(span, key)
    expect([again.status, again.body.id]).toEqual([202, first.body.id])
    await system.restart()
    const seen = await book(span, key)
    expect(seen).toMatchObject({ status: 201, body: { id: first.body.id, status: 'pending' } })
    expect(seen.headers.get('idempotency-replayed')).toBe('true')
  })
})
