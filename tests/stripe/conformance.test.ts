import { afterAll, beforeAll } from 'vitest'
import { describeGateway } from '#processor/proposers/billing/conformance/conformance.ts'
import { createStripeGateway } from '#processor/proposers/billing/stripe/stripe-gateway.ts'
import { SECRET_KEY, startStub, type Stub } from './stub.ts'

let stub: Stub

beforeAll(async () => {
  stub = await startStub()
})

afterAll(() => stub.close())

const open = () =>
  createStripeGateway({ secretKey: SECRET_KEY, apiBase: stub.url, returnUrl: 'https://reservoir.example/paid' })

describeGateway('Stripe', open, {
  good: 'pm_card_visa',
  declined: 'pm_card_chargeDeclined',
  withoutFunds: 'pm_card_chargeDeclinedInsufficientFunds',
  needsAction: 'pm_card_authenticationRequired',
  losesAnswers: 'pm_losesAnswers',
  unknown: 'pm_card_unknown',
})
