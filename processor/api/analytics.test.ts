import { DEFAULT_RULES } from '#domain/listing.ts'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Command } from '#domain/command.ts'
import { type Processor, startProcessor } from '../processor.ts'
import { type TestApi, testApi } from '../testing/api.ts'
import { COMMAND_KEYS } from '#platform/testing/command-keys.ts'
import { encodeSigned } from '../testing/signed-commands.ts'

/** An owner's analytics from commands on the log to the answer, past one page of listings. */

const LISTINGS = 120
const AT = '2026-11-21T10:00:00.000Z'
const owner = { role: 'owner', id: 'o1' } as const
const traveler = { role: 'traveler', id: 't1' } as const
const RANGE = 'from=2026-11-21&to=2026-11-22'
const LAST = listingIdOf(LISTINGS - 1)

const api = testApi({})
let processor: Processor

beforeEach(async () => {
  processor = await startProcessor({ ...api.deps, commandKeys: COMMAND_KEYS })
})

afterEach(() => processor.close())

function listingIdOf(n: number): string {
  return `l${String(n).padStart(3, '0')}`
}

function commandsFor(n: number): Command[] {
  const listingId = listingIdOf(n)
  const common = { listingId, at: AT }
  const price = { amount: 100, currency: 'EUR' }
  const details = {
    kind: 'stay',
    capacity: 1,
    maxGuests: 2,
    price,
    timeZone: 'UTC',
    confirmationPolicy: 'owner',
    ...DEFAULT_RULES,
  } as const
  const listing = { id: listingId, ownerId: owner.id, name: `House ${n}`, ...details }
  const asked = { listingId, checkIn: '2027-01-01', checkOut: '2027-01-02', guests: 1, quantity: 1 }
  const request = { ...asked, specialRequests: null, price: null, paymentMethod: null }
  const booking = { ...common, bookingId: `b-${listingId}` }
  return [
    { type: 'PublishListing', id: `p-${listingId}`, ...common, actor: owner, listing },
    { type: 'RequestBooking', id: `r-${listingId}`, ...booking, actor: traveler, dialect: 'v1', request },
    { type: 'AcceptBooking', id: `a-${listingId}`, ...booking, actor: owner },
  ]
}

const send = (commands: Command[]) =>
  api.log.send(commands.map((command) => ({ topic: api.deps.topics.requests, ...encodeSigned(command) })))

/** Waits for the commands' receipts, and for analytics to have counted them. */
async function counted(commandIds: string[], role: 'owner' | 'admin' = 'owner') {
  let series: Awaited<ReturnType<TestApi['ask']>> | undefined
  for (const id of commandIds) {
    const headers = { 'consistency-token': id }
    series = await api.ask(`/v1/analytics/timeseries?groupBy=listing&${RANGE}`, role, 'o1', { headers })
  }
  return series!.body.data as { group: string; name: string; confirmed: number }[]
}

test("an owner's figures contain more than a hundred listings, with their names", async () => {
  for (let n = 0; n < LISTINGS; n++) await send(commandsFor(n))
  const rows = await counted(Array.from({ length: LISTINGS }, (_, n) => `a-${listingIdOf(n)}`))
  expect(rows.map(({ group, name, confirmed }) => [group, name, confirmed])).toEqual(
    Array.from({ length: LISTINGS }, (_, n) => [listingIdOf(n), `House ${n}`, 1]),
  )
  const summary = await api.ask(`/v1/analytics/summary?${RANGE}`, 'owner', 'o1')
  expect(summary.body).toMatchObject({ confirmed: LISTINGS, revenue: { EUR: LISTINGS * 100 } })
  expect(await counted(['a-l000'], 'admin')).toEqual(rows)
})

test('the history of a withdrawn listing stays in the figures of its owner, with its name', async () => {
  await send(commandsFor(LISTINGS - 1))
  const before = await counted([`a-${LAST}`])
  await send([{ type: 'WithdrawListing', id: 'w', listingId: LAST, at: AT, actor: owner }])
  expect(await counted(['w'])).toEqual(before)
  expect(before).toMatchObject([{ group: LAST, name: `House ${LISTINGS - 1}`, confirmed: 1 }])
  const names = await api.ask(`/v1/listing-names?ids=${LAST},nowhere`, 'traveler', 't1')
  expect(names.body).toEqual({ data: [{ id: LAST, name: `House ${LISTINGS - 1}` }] })
  const read = (role: 'owner' | 'traveler' | 'admin', sub: string) => api.ask(`/v1/listings/${LAST}`, role, sub)
  for (const [role, sub] of [
    ['owner', 'o1'],
    ['traveler', 't1'],
    ['admin', 'a1'],
  ] as const)
    expect(await read(role, sub)).toMatchObject({ status: 200, body: { id: LAST, withdrawn: true } })
  for (const [role, sub] of [
    ['owner', 'o2'],
    ['traveler', 't2'],
  ] as const)
    expect(await read(role, sub)).toMatchObject({ status: 404, body: { code: 'unknown_listing' } })
  const days = `/v1/listings/${LAST}/availability?from=2027-01-01&to=2027-01-02`
  expect((await api.ask(days, 'owner', 'o1')).status).toBe(404)
})

test('the confirmation rate is that of the bookings requested in the range, on whatever day they were confirmed', async () => {
  const requests = [0, 1].map((n) => commandsFor(n))
  const nextDay = '2026-11-22T10:00:00.000Z'
  await send(requests.flatMap(([publish, request]) => [publish!, request!]))
  await send([{ ...requests[0]![2]!, at: nextDay }])
  await counted(['a-l000'])
  const rates = async (from: string, to: string) =>
    (await api.ask(`/v1/analytics/summary?from=${from}&to=${to}`, 'owner', 'o1')).body
  expect(await rates('2026-11-21', '2026-11-22')).toMatchObject({ requested: 2, confirmed: 0, confirmationRate: 0.5 })
  expect(await rates('2026-11-22', '2026-11-23')).toMatchObject({ requested: 0, confirmed: 1, confirmationRate: null })
  expect(await rates('2026-11-21', '2026-11-23')).toMatchObject({ requested: 2, confirmed: 1, confirmationRate: 0.5 })
})

test('a request for more rows than a response may have is rejected, not truncated', async () => {
  const listing = { ownerId: owner.id, kind: 'stay', withdrawn: false, seq: 1 }
  for (let n = 0; n < 300; n++) {
    const id = listingIdOf(n)
    await api.store.insert('listings', { _id: id, id, name: id, ...listing })
  }
  const ask = (from: string) =>
    api.ask(`/v1/analytics/timeseries?groupBy=listing&from=${from}&to=2027-01-01`, 'owner', owner.id)
  expect(await ask('2026-01-01')).toMatchObject({ status: 422, body: { errors: [{ pointer: 'from' }] } })
  expect(await ask('2026-02-15')).toMatchObject({ status: 200, body: { data: [] } })
})

test('an owner can group the figures of several listings by kind', async () => {
  for (let n = 0; n < 3; n++) await send(commandsFor(n))
  const listings = await counted([0, 1, 2].map((n) => `a-${listingIdOf(n)}`))
  expect(listings).toHaveLength(3)
  const { body } = await api.ask(`/v1/analytics/timeseries?groupBy=kind&${RANGE}`, 'owner', 'o1')
  expect(body.data).toMatchObject([{ day: '2026-11-21', group: 'stay', confirmed: 3, revenue: { EUR: 300 } }])
  expect((await api.ask(`/v1/analytics/timeseries?groupBy=kind&${RANGE}`, 'owner', 'o2')).body.data).toEqual([])
})
