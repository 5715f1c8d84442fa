import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Booking } from '#domain/booking.ts'
import type { Command } from '#domain/command.ts'
import { type PaymentReport, UNPAID } from '#domain/payment.ts'
import { BOOKING_ID, bookingEvent, pending } from '#domain/testing/samples.ts'
import { around } from '#platform/around.ts'
import { openEmbeddedStore } from '#store/embedded/embedded-store.ts'
import { type Doc, type Store, StoreError } from '#store/store.ts'
import { COLLECTIONS } from '../../collections.ts'
import type { LocatedEvent } from '../../sinks/events.ts'
import { createBilling } from './billing.ts'
import { createEmbeddedGateway } from './embedded/embedded-gateway.ts'
import { type Gateway, GatewayError } from './gateway.ts'

const IN_TIME = Date.parse('2026-11-21T10:00:01.000Z')
const TOO_LATE = Date.parse(pending.holdExpiresAt!)

let clock: number
let store: Store
let gateway: Gateway
let calls: string[]
let proposed: Command[]
let errors: string[]

beforeEach(() => {
  clock = IN_TIME
  store = openEmbeddedStore({ file: ':memory:', collections: COLLECTIONS })
  calls = []
  proposed = []
  errors = []
  const embedded = createEmbeddedGateway({
    store,
    authenticationUrl: (bookingId) => `http://localhost/${bookingId}`,
    sendWebhook: () => Promise.resolve(),
  })
  gateway = around(embedded, (method, call, args) => {
    if (method !== 'get') calls.push(`${method} ${String(args.at(-1))}`)
    return call()
  })
})

afterEach(() => store.close())

const paid = (status: Booking['status'], payment: Partial<NonNullable<Booking['payment']>> = {}): Booking => ({
  ...pending,
  status,
  payment: { ...UNPAID, ...payment },
})
const unpaid = paid('pending')

const located = (...bookings: Booking[]): LocatedEvent[] =>
  bookings.map((booking, offset) => ({ event: bookingEvent(booking), partition: 0, offset }))

interface Parts {
  store?: Store
  gateway?: Gateway
  propose?: (commands: readonly Command[]) => Promise<void>
}

function run(bookings: Booking[], parts: Parts = {}): Promise<void> {
  const propose = async (commands: readonly Command[]) => void proposed.push(...commands)
  const logger = { error: (message: string) => void errors.push(message) }
  return createBilling({ store, gateway, propose, logger, now: () => clock, ...parts })(located(...bookings), 0)
}

const ledger = async (): Promise<Doc[]> =>
  (await store.scan<Doc>('payments', { where: {}, order: { by: '_id' }, limit: 100 })).docs

/** Authorizes the sample booking; returns the reference of its payment. */
async function authorize(booking = unpaid): Promise<string> {
  await run([booking])
  return (proposed.at(-1) as { report: PaymentReport }).report.reference!
}

it('authorizes a new booking, with an entry in the ledger for each step, and proposes the result', async () => {
  const reference = await authorize()
  const at = '2026-11-21T10:00:01.000Z'
  const report = { result: 'authorized', amount: null, reference, nextAction: null, reason: null }
  expect(await ledger()).toEqual([
    {
      _id: `${BOOKING_ID}:authorize:0`,
      bookingId: BOOKING_ID,
      operation: 'authorize',
      seq: 0,
      at,
      amount: 60_000,
      currency: 'EUR',
    },
    { _id: `${BOOKING_ID}:authorize:1`, bookingId: BOOKING_ID, operation: 'authorize', seq: 1, at, report },
    { _id: `${BOOKING_ID}:authorize:2`, bookingId: BOOKING_ID, operation: 'authorize', seq: 2, at },
  ])
  expect(proposed).toEqual([
    {
      type: 'RecordPayment',
      id: expect.any(String),
      listingId: pending.listingId,
      bookingId: BOOKING_ID,
      actor: { role: 'system', id: 'billing' },
      at,
      report,
    },
  ])
})

it('does nothing for a repeated event, however late', async () => {
  await run([unpaid])
  clock = TOO_LATE
  await run([unpaid, unpaid])
  expect(proposed).toHaveLength(1)
  expect(calls).toEqual([`authorize ${BOOKING_ID}:authorize`])
})

describe('after a crash', () => {
  const lost = <Port extends object>(port: Port, method: string, nth: number): Port => {
    let n = 0
    return around(port, async (name, call) => {
      const result = await call()
      if (name === method && ++n === nth) throw new StoreError('unknown', 'no answer')
      return result
    })
  }

  it('before the gateway was asked, the same call is made', async () => {
    await expect(run([unpaid], { store: lost(store, 'insert', 1) })).rejects.toThrow('no answer')
    expect(calls).toEqual([])
    await run([unpaid])
    expect(proposed).toMatchObject([{ report: { result: 'authorized' } }])
  })

  it('after the gateway was asked, it is asked with the same key', async () => {
    const crashing = around(gateway, async (_, call) => {
      await call()
      throw new GatewayError('unknown', 'no answer')
    })
    await expect(run([unpaid], { gateway: crashing })).rejects.toThrow('no answer')
    expect(proposed).toEqual([])
    await run([unpaid])
    expect(calls).toEqual([1, 2].map(() => `authorize ${BOOKING_ID}:authorize`))
    expect(proposed).toHaveLength(1)
  })

  it('before the result was proposed, the result of the ledger is proposed', async () => {
    const failing = () => Promise.reject(new Error('no log'))
    await expect(run([unpaid], { propose: failing })).rejects.toThrow('no log')
    await run([unpaid])
    expect(calls).toHaveLength(1)
    expect(proposed).toMatchObject([{ report: { result: 'authorized' } }])
  })

  it('after the result was proposed, the same command is proposed', async () => {
    await expect(run([unpaid], { store: lost(store, 'insert', 3) })).rejects.toThrow('no answer')
    await store.remove('payments', `${BOOKING_ID}:authorize:2`)
    clock += 60_000
    await run([unpaid])
    expect(calls).toHaveLength(1)
    expect(proposed[1]).toStrictEqual(proposed[0])
  })
})

it('omits the authorization of a booking whose hold has ended, for good', async () => {
  clock = TOO_LATE
  await run([unpaid])
  // A process whose clock is behind.
  clock = IN_TIME
  await run([unpaid])
  expect([calls, proposed]).toEqual([[], []])
  expect(await ledger()).toMatchObject([{ operation: 'authorize', seq: 0, omitted: true }])
})

it('goes on late with an authorization that has begun in time', async () => {
  const down = around(gateway, () => Promise.reject(new GatewayError('unavailable', 'down')))
  await expect(run([unpaid], { gateway: down })).rejects.toThrow('down')
  clock = TOO_LATE
  await run([unpaid])
  expect(proposed).toMatchObject([{ report: { result: 'authorized' } }])
})

it('carries out the operations of a booking in the order of its events, also of one batch', async () => {
  const reference = await authorize()
  const confirmed = paid('confirmed', { status: 'authorized', reference })
  const cancelled = paid('cancelled', { status: 'captured', reference, refundDue: 30_000 })
  await run([confirmed, cancelled])
  expect(calls).toEqual(['authorize', 'capture', 'refund'].map((name) => `${name} ${BOOKING_ID}:${name}`))
  expect(proposed.slice(1)).toMatchObject([
    { report: { result: 'captured' } },
    { report: { result: 'refunded', amount: 30_000 } },
  ])
  expect(await gateway.get(BOOKING_ID)).toMatchObject({ status: 'captured', captured: 60_000, refunded: 30_000 })
})

it('voids the late authorization of a booking that has ended', async () => {
  const reference = await authorize()
  await run([paid('expired', { status: 'authorized', reference })])
  expect(proposed.at(-1)).toMatchObject({ report: { result: 'voided' } })
  expect(await gateway.get(BOOKING_ID)).toMatchObject({ status: 'voided' })
})

it('leaves a failed refund to an operator', async () => {
  const reference = await authorize()
  await run([paid('cancelled', { status: 'captured', reference, refundDue: 30_000 })])
  expect(errors).toEqual(['a refund failed; give the money back by hand'])
  expect(proposed).toHaveLength(1)
})

it('begins nothing more of a batch after an outage of the gateway', async () => {
  const down = around(gateway, (_, __, args) => {
    calls.push(String(args.at(-1)))
    return Promise.reject(new GatewayError('unavailable', 'down'))
  })
  const others = Array.from({ length: 50 }, (_, n) => ({ ...unpaid, id: `b${n}` }))
  const events = others.map((booking) => bookingEvent(booking, { bookingId: booking.id }))
  const propose = () => Promise.resolve()
  const billing = createBilling({ store, gateway: down, propose, logger: { error: () => undefined }, now: () => clock })
  const batch = events.map((event, offset) => ({ event, partition: 0, offset }))
  await expect(billing(batch, 0)).rejects.toThrow('down')
  expect(calls.length).toBeLessThan(20)
})
