import { Stripe } from 'stripe'
import type { PaymentReport } from '#domain/payment.ts'
import { failureOf } from '#domain/stripe.ts'
import { GatewayError, type GatewayErrorCode } from '../gateway.ts'
import { refused } from './answers.ts'

/** What the errors of Stripe mean, by their types (https://docs.stripe.com/api/errors). */
const MEANINGS: Readonly<Record<string, 'refused' | GatewayErrorCode>> = {
  StripeCardError: 'refused',
  /** Of a payment method or payment that does not exist, or in a state that excludes the operation. */
  StripeInvalidRequestError: 'refused',
  StripeRateLimitError: 'unavailable',
  /** Of the secret key. */
  StripeAuthenticationError: 'unavailable',
  StripePermissionError: 'unavailable',
  /** The key was used with other parameters: an earlier call may be done. */
  StripeIdempotencyError: 'unknown',
  /** 5xx, and 409 while another call has the key. */
  StripeAPIError: 'unknown',
}

/** Codes of Node for a connection that was never made. */
const NO_CONNECTION = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'])

/** A refusal as a result. @throws GatewayError for every other error */
export function refusalOf(error: unknown): PaymentReport {
  if (!(error instanceof Stripe.errors.StripeError) || meaningOf(error) !== 'refused') throw gatewayErrorOf(error)
  return refused(failureOf(causeIn(error)), error.payment_intent?.id)
}

export function gatewayErrorOf(error: unknown): GatewayError {
  if (error instanceof GatewayError) return error
  if (!(error instanceof Stripe.errors.StripeError))
    return new GatewayError('unknown', 'the call of Stripe failed', { cause: error })
  const meaning = meaningOf(error)
  const code = meaning === 'refused' ? 'unknown' : meaning
  return new GatewayError(code, `Stripe: ${error.message || error.type}`, { cause: error })
}

function meaningOf(error: Stripe.errors.StripeError): 'refused' | GatewayErrorCode {
  if (error instanceof Stripe.errors.StripeConnectionError)
    return NO_CONNECTION.has(codeIn(error.detail)) ? 'unavailable' : 'unknown'
  return MEANINGS[error.type] ?? 'unknown'
}

/** The connection's own error is the cause of the one that the client makes of it. */
const codeIn = (detail: unknown): string => String((detail as { cause?: { code?: unknown } } | null)?.cause?.code)

/** That a payment is not known says nothing about its payment method. */
const causeIn = ({ code, decline_code, param }: Stripe.errors.StripeError) =>
  param === undefined || param === 'payment_method' ? { code, decline_code } : null

/** Whether a call with the same key is under way. */
export const isInUse = (error: unknown): boolean =>
  error instanceof Stripe.errors.StripeError && error.code === 'idempotency_key_in_use'
