import { z } from 'zod'
import type { PaymentReport, PaymentResult } from '#domain/payment.ts'
import { failureOf, Intent, reportOf } from '#domain/stripe.ts'
import { GatewayError, type GatewayPayment } from '../gateway.ts'
import { fromStripe } from './amounts.ts'

/**
 * What we read of Stripe's answers. The package passes everything that is JSON and no error of Stripe as an answer, also the 502 of a
 * balancer, so that each answer is checked.
 */
const Payment = Intent.extend({
  currency: z.string(),
  amount_received: z.int().min(0),
  latest_charge: z.union([z.string(), z.looseObject({ amount_refunded: z.int().min(0) })]).nullish(),
})
type Payment = z.infer<typeof Payment>

const Refund = z.looseObject({ status: z.string() })
const Found = z.looseObject({ data: z.array(Payment) })

function read<S extends z.ZodType>(schema: S, answer: unknown): z.infer<S> {
  const { success, data } = schema.safeParse(answer)
  if (success) return data
  throw new GatewayError('unknown', 'Stripe gave an answer that cannot be read')
}

/** An entry of a table of Stripe's statuses. */
function entryOf<T>(table: Readonly<Record<string, T>>, status: string): T {
  if (Object.hasOwn(table, status)) return table[status]!
  throw new GatewayError('unknown', `Stripe gave the status ${status}, which is not known`)
}

interface State {
  result: PaymentResult
  shown: GatewayPayment['status']
}

/** The states of a PaymentIntent that is captured by hand. One that lacks a payment method again was refused. */
const STATES: Readonly<Record<string, State>> = {
  requires_payment_method: { result: 'failed', shown: 'failed' },
  requires_confirmation: { result: 'failed', shown: 'failed' },
  requires_action: { result: 'requires_action', shown: 'requires_action' },
  requires_capture: { result: 'authorized', shown: 'authorized' },
  succeeded: { result: 'captured', shown: 'captured' },
  canceled: { result: 'voided', shown: 'voided' },
}

/** A refund that is on its way is done: Stripe has taken it from our balance. */
const REFUNDS: Readonly<Record<string, PaymentResult>> = {
  succeeded: 'refunded',
  pending: 'refunded',
  requires_action: 'refunded',
  failed: 'failed',
  canceled: 'failed',
}

/** The result that a payment has reached. */
export function reached(answer: unknown): PaymentReport {
  const payment = read(Payment, answer)
  return reportOf(payment, entryOf(STATES, payment.status).result)
}

export const currencyOf = (answer: unknown): string => read(Payment, answer).currency.toUpperCase()

/** The result of a refund, whose amount is in minor units. */
export function refunded(answer: unknown, reference: string, amount: number): PaymentReport {
  const result = entryOf(REFUNDS, read(Refund, answer).status)
  return result === 'refunded' ? { ...refused(null, reference), result, amount } : refused('payment_failed', reference)
}

export const refused = (reason: PaymentReport['reason'], reference: string | null = null): PaymentReport => ({
  result: 'failed',
  amount: null,
  reference,
  nextAction: null,
  reason,
})

/** The first payment of a search. */
export function found(answer: unknown): GatewayPayment | undefined {
  const [payment] = read(Found, answer).data
  return payment && shownOf(payment)
}

function shownOf({ id, status, currency, amount_received: received, ...rest }: Payment): GatewayPayment {
  const { latest_charge: charge, last_payment_error: error } = rest
  const { shown } = entryOf(STATES, status)
  // An authorization that was given back counts as refunded at Stripe.
  const returned = Math.min(received, typeof charge === 'object' ? (charge?.amount_refunded ?? 0) : 0)
  return {
    reference: id,
    status: shown,
    captured: fromStripe(received, currency),
    refunded: fromStripe(returned, currency),
    reason: shown === 'failed' ? failureOf(error) : null,
  }
}
