import { Stripe } from 'stripe'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createStripeGateway } from '#processor/proposers/billing/stripe/stripe-gateway.ts'
import { findStripeMock, startStripeMock, type StripeMock } from './stripe-mock.ts'

/** The shapes of the driver's requests, by Stripe's mock server: it refuses unknown fields and wrong values, and knows no payment. */

const found = await findStripeMock()
const lack = 'lack' in found ? found.lack : undefined

test.runIf(process.env['CI'])('stripe-mock is installed', () => {
  expect(lack).toBeUndefined()
})

describe.skipIf(lack !== undefined)(`stripe-mock${lack === undefined ? '' : `: ${lack}`}`, () => {
  let mock: StripeMock

  beforeAll(async () => {
    mock = await startStripeMock((found as { file: string }).file)
  })

  afterAll(() => mock.close())

  const open = (returnUrl?: string) => createStripeGateway({ secretKey: 'sk_test_123', apiBase: mock.url, returnUrl })
  const order = (amount: number) => ({
    bookingId: 'b1',
    listingId: 'l1',
    price: { amount, currency: 'USD' },
    paymentMethod: 'pm_card_visa',
  })

  // The mock's payments always lack a payment method. A refused request has no payment at all.
  test.each([undefined, 'https://reservoir.example/paid'])(
    'accepts an authorization, with the return URL %s',
    async (url) => {
      const report = await open(url).authorize(order(45_000), 'b1:authorize')
      expect(report.reference).toMatch(/^pi_/)
    },
  )

  test('accepts captures, voids and refunds', async () => {
    const gateway = open()
    expect(await gateway.capture('pi_1', 'b1:capture')).toMatchObject({ reference: 'pi_1' })
    expect(await gateway.void('pi_1', 'b1:void')).toMatchObject({ reference: 'pi_1' })
    expect(await gateway.refund('pi_1', 100, 'b1:refund')).toMatchObject({ result: 'refunded', amount: 100 })
  })

  test('accepts the search', async () => {
    expect(await open().get('b1')).toMatchObject({ captured: 0, refunded: 0 })
  })

  test('refuses a wrong value, and a field that does not exist', async () => {
    expect(await open().authorize(order(1.5), 'b1:wrong')).toMatchObject({ result: 'failed', reference: null })
    const { protocol, hostname, port } = new URL(mock.url)
    const stripe = new Stripe('sk_test_123', {
      protocol: protocol === 'http:' ? 'http' : 'https',
      host: hostname,
      port,
    })
    const unknown = { amount: 100, currency: 'usd', colour: 'red' }
    await expect(stripe.paymentIntents.create(unknown)).rejects.toMatchObject({ statusCode: 400 })
  })
})
