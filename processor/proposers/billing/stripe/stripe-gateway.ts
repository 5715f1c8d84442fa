import type { Stripe } from 'stripe'
import type { PaymentReport, PaymentResult } from '#domain/payment.ts'
import { retry, within } from '#platform/deadline.ts'
import { type Gateway, GatewayError, type Order } from '../gateway.ts'
import { toStripe } from './amounts.ts'
import { currencyOf, found, reached, refunded, refused } from './answers.ts'
import { createClient } from './client.ts'
import { gatewayErrorOf, isInUse, refusalOf } from './errors.ts'

export interface StripeGatewayOptions {
  secretKey: string
  /** Where a traveler returns to after the authentication of a payment. Without it, a payment that needs one fails. */
  returnUrl?: string | undefined
  /** For tests. Default: Stripe's own address. */
  apiBase?: string | undefined
  /** Of one operation. */
  limitMs?: number
}

/** Stripe asks the bank of the card meanwhile. A void may take two calls. */
const LIMIT_MS = 9_000

/** Pauses while another call has the key. */
const IN_USE_MS = 250

/** The payment gateway at Stripe: one PaymentIntent for each booking, captured by hand. */
export function createStripeGateway(options: StripeGatewayOptions): Gateway {
  const { secretKey, returnUrl, apiBase, limitMs = LIMIT_MS } = options
  const stripe = createClient({ secretKey, apiBase, timeoutMs: limitMs })
  const late = () => new GatewayError('unknown', `Stripe did not answer within ${limitMs / 1000} s`)

  /** A refusal is the result of the call. */
  const result = (call: () => Promise<PaymentReport>): Promise<PaymentReport> => {
    const attempt = () => retry(call, { limitMs, pauseMs: () => IN_USE_MS, isTransient: isInUse })
    return within(limitMs, attempt(), late).catch(refusalOf)
  }

  const intentOf = (reference: string) => stripe.paymentIntents.retrieve(reference)

  return {
    authorize(order, key) {
      const amount = toStripe(order.price)
      if (amount === undefined) return Promise.resolve(refused('payment_failed'))
      if (order.paymentMethod === null) return Promise.resolve(refused('payment_method_missing'))
      const parameters = parametersOf({ ...order, paymentMethod: order.paymentMethod }, amount, returnUrl)
      return result(async () => reached(await stripe.paymentIntents.create(parameters, { idempotencyKey: key })))
    },
    capture: (reference, key) =>
      result(async () => reached(await stripe.paymentIntents.capture(reference, {}, { idempotencyKey: key }))),
    async void(reference, key) {
      const report = await result(async () =>
        reached(await stripe.paymentIntents.cancel(reference, {}, { idempotencyKey: key })),
      )
      if (report.result !== 'failed') return report
      // What was taken or cancelled before cannot be cancelled.
      const before = await result(async () => reached(await intentOf(reference)))
      return ENDED.has(before.result) ? before : report
    },
    refund: (reference, amount, key) =>
      result(async () => {
        const units = toStripe({ amount, currency: currencyOf(await intentOf(reference)) })
        if (units === undefined) return refused('payment_failed', reference)
        const parameters = { payment_intent: reference, amount: units }
        return refunded(await stripe.refunds.create(parameters, { idempotencyKey: key }), reference, amount)
      }),
    async get(bookingId) {
      // An index of Stripe, which is up to a minute late.
      const query = `metadata['bookingId']:'${bookingId}'`
      const search = stripe.paymentIntents.search({ query, limit: 1, expand: ['data.latest_charge'] })
      return within(limitMs, search.then(found), late).catch((error) => {
        throw gatewayErrorOf(error)
      })
    },
  }
}

const ENDED: ReadonlySet<PaymentResult> = new Set(['captured', 'voided'])

type PayableOrder = Order & { paymentMethod: string }

function parametersOf(
  { bookingId, listingId, price, paymentMethod }: PayableOrder,
  amount: number,
  returnUrl: string | undefined,
): Stripe.PaymentIntentCreateParams {
  return {
    amount,
    currency: price.currency.toLowerCase(),
    payment_method: paymentMethod,
    allowed_payment_method_types: ['card'],
    capture_method: 'manual',
    confirm: true,
    metadata: { bookingId, listingId },
    ...(returnUrl === undefined ? { error_on_requires_action: true } : { return_url: returnUrl }),
  }
}
