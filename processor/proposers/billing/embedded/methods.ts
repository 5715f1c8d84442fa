import type { PaymentFailure, PaymentResult } from '#domain/payment.ts'

interface Method {
  result: Extract<PaymentResult, 'authorized' | 'requires_action' | 'failed'>
  /** Why it fails. */
  reason?: PaymentFailure
  /** So many answers to the authorization are lost, though it is done. */
  lostAnswers?: number
  /** The result comes by webhook too, so often. */
  webhooks?: number
}

/** The payment methods of the embedded gateway, each with another behavior. Stripe has the first four in its test mode. */
export const METHODS = {
  pm_card_visa: { result: 'authorized' },
  pm_card_chargeDeclined: { result: 'failed', reason: 'payment_declined' },
  pm_card_insufficientFunds: { result: 'failed', reason: 'insufficient_funds' },
  pm_card_authenticationRequired: { result: 'requires_action' },
  pm_timeout: { result: 'authorized', lostAnswers: 2 },
  pm_duplicate_webhook: { result: 'authorized', webhooks: 2 },
} as const satisfies Record<string, Method>

export const DEFAULT_METHOD: keyof typeof METHODS = 'pm_card_visa'

const UNKNOWN_METHOD: Method = { result: 'failed', reason: 'payment_method_missing' }

export const methodNamed = (name: string | null): Method =>
  new Map<string, Method>(Object.entries(METHODS)).get(name ?? DEFAULT_METHOD) ?? UNKNOWN_METHOD

/** By the last digits of the amount, in minor units. */
export const failsAtCapture = (amount: number): boolean => amount % 100 === 13
