import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Order } from '#processor/proposers/billing/gateway.ts'
import { createStripeGateway } from '#processor/proposers/billing/stripe/stripe-gateway.ts'
import { type Fault, SECRET_KEY, startStub, type Stub } from './stub.ts'

/** The driver on a stand-in for Stripe, by Stripe's own client. */

const RETURN_URL = 'https://reservoir.example/paid'

let stub: Stub

beforeEach(async () => {
  stub = await startStub()
})

afterEach(() => stub.close())

const open = (options: Partial<Parameters<typeof createStripeGateway>[0]> = {}) =>
  createStripeGateway({ secretKey: SECRET_KEY, apiBase: stub.url, returnUrl: RETURN_URL, ...options })

const orderBy = (paymentMethod: string | null, price = { amount: 45_000, currency: 'USD' }): Order => ({
  bookingId: randomUUID(),
  listingId: 'FLIGHT456',
  price,
  paymentMethod,
})

const keyOf = ({ bookingId }: Order): string => `${bookingId}:authorize`

const VISA = 'pm_card_visa'

describe('an authorization', () => {
  test('sends the price, the ids of the booking and no more than Stripe needs', async () => {
    const order = orderBy(VISA)
    await open().authorize(order, keyOf(order))
    expect(Object.fromEntries(new URLSearchParams(stub.bodies[0]))).toEqual({
      amount: '45000',
      currency: 'usd',
      payment_method: VISA,
      'allowed_payment_method_types[0]': 'card',
      capture_method: 'manual',
      confirm: 'true',
      'metadata[bookingId]': order.bookingId,
      'metadata[listingId]': order.listingId,
      return_url: RETURN_URL,
    })
  })

  test('without a payment method sends no request', async () => {
    const order = orderBy(null)
    const report = await open().authorize(order, keyOf(order))
    expect([report, stub.bodies]).toMatchObject([{ result: 'failed', reason: 'payment_method_missing' }, []])
  })

  test('of a currency that Stripe counts otherwise has the same value', async () => {
    const order = orderBy(VISA, { amount: 700, currency: 'ISK' })
    const gateway = open()
    const { reference } = await gateway.authorize(order, keyOf(order))
    expect(stub.intents.get(reference!)!.amount).toBe(70_000)
    await gateway.capture(reference!, 'capture')
    expect(await gateway.refund(reference!, 300, 'refund')).toMatchObject({ result: 'refunded', amount: 300 })
    expect(await gateway.get(order.bookingId)).toMatchObject({ captured: 700, refunded: 300 })
  })

  test('that needs the traveler has the address, and ends as the traveler decides', async () => {
    const gateway = open()
    const [yes, no] = [orderBy('pm_card_authenticationRequired'), orderBy('pm_card_authenticationRequired')]
    const [first, second] = [await gateway.authorize(yes, keyOf(yes)), await gateway.authorize(no, keyOf(no))]
    expect(first).toMatchObject({ result: 'requires_action', nextAction: expect.stringContaining(first.reference!) })
    stub.authenticate(first.reference!, true)
    stub.authenticate(second.reference!, false)
    expect(await gateway.get(yes.bookingId)).toMatchObject({ status: 'authorized' })
    expect(await gateway.get(no.bookingId)).toMatchObject({ status: 'failed', reason: 'authentication_failed' })
  })

  test('that needs the traveler fails if there is no address to return to', async () => {
    const order = orderBy('pm_card_authenticationRequired')
    const report = await open({ returnUrl: undefined }).authorize(order, keyOf(order))
    expect(report).toMatchObject({ result: 'failed', reason: 'authentication_failed' })
  })
})

describe('an outage', () => {
  const errorOf = (status: number, error: object = {}): Fault => ({ status, body: { error } })

  test.each<[what: string, fault: Fault, code: string]>([
    ['an answer that is lost', 'lost', 'unknown'],
    ['no answer in time', 'hangs', 'unknown'],
    ['an internal error', errorOf(500, { type: 'api_error' }), 'unknown'],
    ['an answer of a gateway', { status: 502, body: {} }, 'unknown'],
    ['a key with other parameters', errorOf(400, { type: 'idempotency_error' }), 'unknown'],
    ['a rate limit', errorOf(429, { type: 'rate_limit_error' }), 'unavailable'],
    ['a secret key that may not', errorOf(403), 'unavailable'],
  ])('%s is an error, and the same call repeats it', async (_, fault, code) => {
    const gateway = open({ limitMs: 300 })
    const order = orderBy(VISA)
    stub.faults.push(fault)
    await expect(gateway.authorize(order, keyOf(order))).rejects.toMatchObject({ name: 'GatewayError', code })
    expect(await gateway.authorize(order, keyOf(order))).toMatchObject({ result: 'authorized' })
    expect(stub.intents.size).toBe(1)
  })

  test('of a whole operation is repeated without moving money twice (I13)', async () => {
    const gateway = open()
    const order = orderBy(VISA)
    const { reference } = await gateway.authorize(order, keyOf(order))
    const steps = [
      () => gateway.capture(reference!, `${order.bookingId}:capture`),
      () => gateway.refund(reference!, 20_000, `${order.bookingId}:refund`),
    ]
    for (const step of steps) {
      for (const fault of [{ status: 502, body: {} }, 'lost'] as const) {
        stub.faults.push(fault)
        await expect(step()).rejects.toMatchObject({ code: 'unknown' })
      }
      await step()
    }
    expect(await gateway.get(order.bookingId)).toMatchObject({ status: 'captured', captured: 45_000, refunded: 20_000 })
  })

  test.each<[what: string, body: object]>([
    ['no refund', {}],
    ['an unknown status', { status: 'odd' }],
  ])('a refund whose answer has %s may be done', async (_, body) => {
    const gateway = open()
    const order = orderBy(VISA)
    const { reference } = await gateway.authorize(order, keyOf(order))
    await gateway.capture(reference!, 'capture')
    stub.faults.push('pass', { status: 200, body })
    await expect(gateway.refund(reference!, 100, 'refund')).rejects.toMatchObject({ code: 'unknown' })
  })

  test('without a connection nothing was done', async () => {
    const gateway = open()
    const order = orderBy(VISA)
    await stub.close()
    await expect(gateway.authorize(order, keyOf(order))).rejects.toMatchObject({ code: 'unavailable' })
    await expect(gateway.get(order.bookingId)).rejects.toMatchObject({ code: 'unavailable' })
    stub = await startStub()
  })

  test('a wrong secret key is no refusal', async () => {
    const order = orderBy(VISA)
    const call = open({ secretKey: 'sk_test_wrong' }).authorize(order, keyOf(order))
    await expect(call).rejects.toMatchObject({ code: 'unavailable', message: expect.not.stringContaining('sk_test') })
  })

  test('a call waits for another one with its key', async () => {
    const order = orderBy(VISA)
    stub.faults.push(errorOf(409, { type: 'idempotency_error', code: 'idempotency_key_in_use' }))
    expect(await open().authorize(order, keyOf(order))).toMatchObject({ result: 'authorized' })
  })

  test('the client sends each request once, also if its connection closes', async () => {
    const order = orderBy(VISA)
    stub.faults.push('lost')
    await expect(open().authorize(order, keyOf(order))).rejects.toMatchObject({ code: 'unknown' })
    expect(stub.bodies).toHaveLength(1)
  })
})
