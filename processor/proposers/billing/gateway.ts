import type { Money } from '#domain/money.ts'
import type { PaymentFailure, PaymentReport } from '#domain/payment.ts'

/**
 * A payment provider. Every driver keeps the promises of this page; `conformance/` tests them.
 *
 * Idempotency  A call with a key that was used before returns what the first one returned, and moves no money again. Keys name booking and
 *              operation.
 * Half-failure A call that rejects with `unknown` may be done or not: repeat it with the same key. After `unavailable` nothing was done.
 * Bounds       Every call ends within seconds, with a result or an error.
 * Results      A refusal of the provider is a result (`failed`), never an error.
 */
export interface Gateway {
  /** Sets the price aside. The result is `authorized`, `requires_action` or `failed`. */
  authorize(order: Order, key: string): Promise<PaymentReport>

  /** Takes what was authorized. The result is `captured` or `failed`. */
  capture(reference: string, key: string): Promise<PaymentReport>

  /** Gives an authorization back. The result is `voided`; `captured` or `failed` if that came before. */
  void(reference: string, key: string): Promise<PaymentReport>

  /** Gives a part of what was taken back, in minor units. The result is `refunded` with the amount, or `failed`. */
  refund(reference: string, amount: number, key: string): Promise<PaymentReport>

  /** The present state of the payment of a booking, for operators and tests; undefined if the provider knows none. */
  get(bookingId: string): Promise<GatewayPayment | undefined>
}

/** What a booking costs, and who pays. */
export interface Order {
  bookingId: string
  /** Returned by the provider's webhooks, beside the booking. */
  listingId: string
  price: Money
  /** The provider's token; null: the provider's default, if it has one. */
  paymentMethod: string | null
}

/** Amounts are minor units. */
export interface GatewayPayment {
  reference: string
  status: 'requires_action' | 'authorized' | 'captured' | 'voided' | 'failed'
  captured: number
  refunded: number
  reason: PaymentFailure | null
}

export type GatewayErrorCode =
  /** The call may be done or not. */
  | 'unknown'
  /** The provider cannot be reached. Nothing was done. */
  | 'unavailable'

/** Act on `code`, show `message`. */
export class GatewayError extends Error {
  override name = 'GatewayError'
  readonly code: GatewayErrorCode
  constructor(code: GatewayErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
