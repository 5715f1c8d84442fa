import { afterAll, beforeAll, expect, test } from 'vitest'
import { createStripeGateway } from '#processor/proposers/billing/stripe/stripe-gateway.ts'
import { startTestSystem, type TestSystem } from '../system/system.ts'
import { SECRET_KEY, startStub, type Stub, WEBHOOK_SECRET } from './stub.ts'

/** A stand-in for Stripe delivers its webhooks, signed by Stripe's own library, to a running edge. */

let stub: Stub
let system: TestSystem

beforeAll(async () => {
  stub = await startStub()
  system = await startTestSystem({ BILLING: 'off', STRIPE_WEBHOOK_SECRET: WEBHOOK_SECRET })
  stub.webhooks.url = `http://127.0.0.1:${system.ports.edge}/v1/payments/webhook`
})

afterAll(async () => {
  await system.close()
  await stub.close()
})

const FLIGHT = 'FLIGHT456'
const open = () =>
  createStripeGateway({ secretKey: SECRET_KEY, apiBase: stub.url, returnUrl: 'https://reservoir.example/paid' })

async function book() {
  const request = { listingId: FLIGHT, checkIn: '2031-03-01', guests: 1 }
  const traveler = system.as('traveler', 'traveler-1')
  const { status, body } = await traveler('POST', '/v1/bookings', request, { Prefer: 'wait=10' })
  expect([status, body.status]).toEqual([201, 'pending'])
  const look = async () => (await traveler('GET', `/v1/bookings/${body.id}`)).body
  const order = (paymentMethod: string) => ({ bookingId: body.id, listingId: FLIGHT, price: body.price, paymentMethod })
  return { id: body.id as string, look, order }
}

const WITHIN = { timeout: 10_000 }

test('a payment is authorized and captured', async () => {
  const { id, look, order } = await book()
  const { reference } = await open().authorize(order('pm_card_visa'), `${id}:authorize`)
  await expect.poll(look, WITHIN).toMatchObject({ status: 'confirmed', payment: { status: 'authorized', reference } })
  await open().capture(reference!, `${id}:capture`)
  await expect.poll(look, WITHIN).toMatchObject({ status: 'confirmed', payment: { status: 'captured', reference } })
})

test('a traveler authenticates a payment', async () => {
  const { id, look, order } = await book()
  const { reference } = await open().authorize(order('pm_card_authenticationRequired'), `${id}:authorize`)
  const nextAction = `https://hooks.stripe.test/${reference}`
  await expect
    .poll(look, WITHIN)
    .toMatchObject({ status: 'pending', payment: { status: 'requires_action', nextAction } })
  stub.authenticate(reference!, true)
  await expect
    .poll(look, WITHIN)
    .toMatchObject({ status: 'confirmed', payment: { status: 'authorized', nextAction: null } })
})

test.each([
  ['pm_card_chargeDeclined', 'payment_declined'],
  ['pm_card_chargeDeclinedInsufficientFunds', 'insufficient_funds'],
])('the payment %s fails the booking: %s', async (method, reason) => {
  const { id, look, order } = await book()
  await open().authorize(order(method), `${id}:authorize`)
  await expect.poll(look, WITHIN).toMatchObject({ status: 'failed', reason, payment: { status: 'failed' } })
})

test('a traveler who does not authenticate fails the booking', async () => {
  const { id, look, order } = await book()
  const { reference } = await open().authorize(order('pm_card_authenticationRequired'), `${id}:authorize`)
  await expect.poll(async () => (await look()).payment.status, WITHIN).toBe('requires_action')
  stub.authenticate(reference!, false)
  await expect.poll(look, WITHIN).toMatchObject({ status: 'failed', reason: 'authentication_failed' })
})

test('a refund is no news: it is counted where it is asked for', async () => {
  const { id, look, order } = await book()
  const { reference } = await open().authorize(order('pm_card_visa'), `${id}:authorize`)
  await open().capture(reference!, `${id}:capture`)
  await expect.poll(async () => (await look()).payment.status, WITHIN).toBe('captured')
  await open().refund(reference!, 100, `${id}:refund`)
  expect((await look()).payment).toMatchObject({ status: 'captured', refunded: 0 })
})

test('every webhook was taken', async () => {
  const statuses = await Promise.all(stub.webhooks.sent)
  expect(statuses.length).toBeGreaterThan(8)
  expect(new Set(statuses)).toEqual(new Set([200]))
})
