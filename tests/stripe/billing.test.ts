import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestSystem, type TestSystem } from '../system/system.ts'
import { SECRET_KEY, startStub, type Stub, WEBHOOK_SECRET } from './stub.ts'

/** A running system with `BILLING=stripe` on a stand-in for Stripe: calls, lost answers and webhooks together. */

let stub: Stub
let system: TestSystem

beforeAll(async () => {
  stub = await startStub()
  system = await startTestSystem({
    BILLING: 'stripe',
    STRIPE_SECRET_KEY: SECRET_KEY,
    STRIPE_API_BASE: stub.url,
    STRIPE_RETURN_URL: 'https://reservoir.example/paid',
    STRIPE_WEBHOOK_SECRET: WEBHOOK_SECRET,
  })
  stub.webhooks.url = `http://127.0.0.1:${system.ports.edge}/v1/payments/webhook`
})

afterAll(async () => {
  await system.close()
  await stub.close()
})

const WITHIN = { timeout: 20_000 }
const traveler = () => system.as('traveler', 'traveler-1')

async function book(paymentMethod: string) {
  const request = { listingId: 'FLIGHT456', checkIn: '2031-03-01', guests: 1, paymentMethod }
  const { status, body } = await traveler()('POST', '/v1/bookings', request)
  expect(status).toBe(201)
  const look = async () => (await traveler()('GET', `/v1/bookings/${body.id}`)).body
  const intents = () => [...stub.intents.values()].filter(({ metadata }) => metadata['bookingId'] === body.id)
  return { id: body.id as string, look, intents }
}

test.each(['pm_card_visa', 'pm_losesAnswers'])(
  'the payment %s is authorized and captured once (I13)',
  async (method) => {
    const { look, intents } = await book(method)
    await expect.poll(look, WITHIN).toMatchObject({ status: 'confirmed', payment: { status: 'captured' } })
    const { price } = await look()
    expect(intents()).toMatchObject([{ status: 'succeeded', amount: price.amount, amount_received: price.amount }])
  },
)

test('a cancelled booking is refunded by its terms, and counted once', async () => {
  const { id, look, intents } = await book('pm_card_visa')
  await expect.poll(look, WITHIN).toMatchObject({ payment: { status: 'captured' } })
  const { status } = await traveler()('POST', `/v1/bookings/${id}/cancel`)
  expect(status).toBe(200)
  await expect.poll(async () => (await look()).payment.status, WITHIN).toMatch(/refunded/)
  const { payment } = await look()
  expect(payment.refunded).toBe(payment.refundDue)
  expect(intents()[0]!.latest_charge!.amount_refunded).toBe(payment.refundDue)
})

test('a payment that the traveler authenticates is captured by what the webhook reports', async () => {
  const { look, intents } = await book('pm_card_authenticationRequired')
  await expect.poll(look, WITHIN).toMatchObject({ status: 'pending', payment: { status: 'requires_action' } })
  stub.authenticate(intents()[0]!.id, true)
  await expect.poll(look, WITHIN).toMatchObject({ status: 'confirmed', payment: { status: 'captured' } })
})

test('a declined payment fails the booking', async () => {
  const { look } = await book('pm_card_chargeDeclined')
  await expect.poll(look, WITHIN).toMatchObject({ status: 'failed', reason: 'payment_declined' })
})
