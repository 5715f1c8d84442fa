import { createHash } from 'node:crypto'
import type { PaymentReport, PaymentResult } from '#domain/payment.ts'
import { retry } from '#platform/deadline.ts'
import { type SignWebhook, WEBHOOK_SIGNATURE } from '#platform/webhook-signature.ts'
import type { StoredPayment } from './embedded-gateway.ts'

/**
 * Sends a result to the edge, as Stripe does. Resolves when the edge has taken it.
 * @param cause names the result: the webhook of a repeated result has the same id
 */
export type SendWebhook = (payment: StoredPayment, report: PaymentReport, cause: string) => Promise<void>

export interface WebhookOptions {
  /** The route of the edge. Asked for each time, because an edge on any free port starts after the processor. */
  url: () => string
  sign: SignWebhook
  /** Ends the attempts. */
  end: AbortSignal
  now: () => number
}

const MAX_ATTEMPTS = 5
const PAUSE_MS = 250
const LIMIT_MS = 5_000

export function webhookSender({ url, sign, end, now }: WebhookOptions): SendWebhook {
  async function post(body: string): Promise<void> {
    const headers = { 'content-type': 'application/json', [WEBHOOK_SIGNATURE]: await sign(body, now()) }
    const signal = AbortSignal.any([end, AbortSignal.timeout(LIMIT_MS)])
    const response = await fetch(url(), { method: 'POST', headers, body, signal })
    if (!response.ok) throw new RefusedWebhook(response.status)
  }

  const pauseMs = (attempt: number) => (attempt + 1 < MAX_ATTEMPTS ? PAUSE_MS * 2 ** attempt : undefined)
  return async (payment, report, cause) => {
    const body = JSON.stringify(webhookOf(payment, report, cause, now()))
    await retry(() => post(body), { pauseMs, isTransient, signal: end })
  }
}

class RefusedWebhook extends Error {
  readonly status: number
  constructor(status: number) {
    super(`the edge answered a webhook with ${status}`)
    this.status = status
  }
}

const isTransient = (error: unknown): boolean =>
  !(error instanceof RefusedWebhook) || error.status >= 500 || error.status === 429

/** Stripe's types of events, and its states of a payment. */
const INTENTS: Readonly<Record<PaymentResult, { type: string; status: string }>> = {
  requires_action: { type: 'payment_intent.requires_action', status: 'requires_action' },
  authorized: { type: 'payment_intent.amount_capturable_updated', status: 'requires_capture' },
  captured: { type: 'payment_intent.succeeded', status: 'succeeded' },
  voided: { type: 'payment_intent.canceled', status: 'canceled' },
  refunded: { type: 'charge.refunded', status: 'succeeded' },
  failed: { type: 'payment_intent.payment_failed', status: 'requires_payment_method' },
}

/** An event in Stripe's shape. */
function webhookOf(
  { bookingId, listingId, amount, currency }: StoredPayment,
  report: PaymentReport,
  cause: string,
  nowMs: number,
) {
  const { result, reference, reason, nextAction } = report
  const { type, status } = INTENTS[result]
  return {
    id: `evt_${createHash('sha256')
      .update(JSON.stringify([bookingId, cause, result]))
      .digest('hex')
      .slice(0, 24)}`,
    object: 'event',
    type,
    created: Math.floor(nowMs / 1000),
    livemode: false,
    data: {
      object: {
        id: reference,
        object: 'payment_intent',
        status,
        amount,
        currency: currency.toLowerCase(),
        metadata: { bookingId, listingId },
        next_action: nextAction === null ? null : { type: 'redirect_to_url', redirect_to_url: { url: nextAction } },
        last_payment_error: reason === null ? null : ERRORS[reason],
      },
    },
  }
}

/** Stripe's codes. */
const ERRORS: Readonly<Record<NonNullable<PaymentReport['reason']>, object>> = {
  payment_declined: { code: 'card_declined', decline_code: 'generic_decline' },
  insufficient_funds: { code: 'card_declined', decline_code: 'insufficient_funds' },
  authentication_failed: { code: 'payment_intent_authentication_failure' },
  payment_method_missing: { code: 'resource_missing' },
  payment_failed: { code: 'processing_error' },
}
