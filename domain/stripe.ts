/**
 * Payments as Stripe spells them: its PaymentIntents, the reasons of its refusals, and the events of its webhooks. The driver of the
 * payment gateway and the edge read them by the same tables.
 */
import { z } from 'zod'
import { Id } from './ids.ts'
import { type PaymentFailure, PaymentReport, type PaymentResult, Reference } from './payment.ts'

const optional = z.string().nullish()

/** What we read of a PaymentIntent. Its metadata are ours: they name the booking. */
export const Intent = z.looseObject({
  id: Reference,
  status: z.string(),
  metadata: z.looseObject({ bookingId: optional, listingId: optional }).nullish(),
  next_action: z.looseObject({ redirect_to_url: z.looseObject({ url: optional }).nullish() }).nullish(),
  last_payment_error: z.looseObject({ code: optional, decline_code: optional }).nullish(),
})
export type Intent = z.infer<typeof Intent>

/** Stripe's error codes and decline codes. A decline for another reason is `payment_declined`. */
const FAILURES: ReadonlyMap<string, PaymentFailure> = new Map<string, PaymentFailure>([
  ['insufficient_funds', 'insufficient_funds'],
  ['withdrawal_count_limit_exceeded', 'insufficient_funds'],
  ['authentication_required', 'authentication_failed'],
  ['authentication_not_handled', 'authentication_failed'],
  ['payment_intent_authentication_failure', 'authentication_failed'],
  ['resource_missing', 'payment_method_missing'],
  ['payment_method_unexpected_state', 'payment_method_missing'],
  ['card_declined', 'payment_declined'],
  ['expired_card', 'payment_declined'],
  ['incorrect_cvc', 'payment_declined'],
  ['incorrect_number', 'payment_declined'],
  ['invalid_expiry_month', 'payment_declined'],
  ['invalid_expiry_year', 'payment_declined'],
])

/** Why Stripe refused a payment. */
export function failureOf(error: { code?: unknown; decline_code?: unknown } | null | undefined): PaymentFailure {
  const known = [error?.decline_code, error?.code].map((code) => FAILURES.get(String(code)))
  return known.find((failure) => failure !== undefined) ?? 'payment_failed'
}

/** A PaymentIntent as the result that it has reached. */
export function reportOf(intent: Intent, result: PaymentResult): PaymentReport {
  return PaymentReport.parse({
    result,
    reference: intent.id,
    ...(result === 'requires_action' && { nextAction: addressIn(intent) }),
    ...(result === 'failed' && { reason: failureOf(intent.last_payment_error) }),
  })
}

/** Where the traveler authenticates the payment; null if there is no address that a booking can hold. */
const addressIn = ({ next_action: next }: Intent): string | null =>
  PaymentReport.shape.nextAction.catch(null).parse(next?.redirect_to_url?.url ?? null)

/** A webhook. Its object depends on its type. */
export const WebhookEvent = z.looseObject({
  id: z.string().min(1).max(255),
  type: z.string(),
  data: z.looseObject({ object: z.looseObject({}) }),
})
export type WebhookEvent = z.infer<typeof WebhookEvent>

/**
 * The types of webhooks that say what became of a payment. A refund is not among them: every refund of ours has its result already, and
 * its webhook would count it again.
 */
const RESULTS: ReadonlyMap<string, PaymentResult> = new Map([
  ['payment_intent.requires_action', 'requires_action'],
  ['payment_intent.amount_capturable_updated', 'authorized'],
  ['payment_intent.succeeded', 'captured'],
  ['payment_intent.canceled', 'voided'],
  ['payment_intent.payment_failed', 'failed'],
])

/** What a webhook reports about the payment of a booking. */
export interface Reported {
  bookingId: string
  listingId: string
  report: PaymentReport
}

const Ids = z.object({ bookingId: Id, listingId: Id })

/** Null for a webhook that is not about a payment of ours. */
export function reportedBy({ type, data }: WebhookEvent): Reported | null {
  const result = RESULTS.get(type)
  const intent = Intent.safeParse(data.object).data
  const ids = Ids.safeParse(intent?.metadata).data
  return result && intent && ids ? { ...ids, report: reportOf(intent, result) } : null
}
