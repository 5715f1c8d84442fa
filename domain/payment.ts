import { z } from 'zod'

/** What a payment gateway reports. */
export const PAYMENT_RESULTS = ['requires_action', 'authorized', 'captured', 'voided', 'refunded', 'failed'] as const
export type PaymentResult = (typeof PAYMENT_RESULTS)[number]

interface PaymentState {
  /** The results that may follow. Others are refused: they are late or repeated. */
  next: readonly PaymentResult[]
  /** The traveler's money is set aside or taken: the payment has agreed. */
  agreed: boolean
}

/** The states of a payment. */
export const PAYMENT_STATES = {
  none: { next: ['requires_action', 'authorized', 'failed'], agreed: false },
  requires_action: { next: ['authorized', 'voided', 'failed'], agreed: false },
  authorized: { next: ['captured', 'voided', 'failed'], agreed: true },
  // A refund that fails leaves the payment captured; an operator gives the money back.
  captured: { next: ['refunded'], agreed: true },
  partially_refunded: { next: [], agreed: true },
  refunded: { next: [], agreed: false },
  voided: { next: [], agreed: false },
  failed: { next: [], agreed: false },
} as const satisfies Record<string, PaymentState>

export type PaymentStatus = keyof typeof PAYMENT_STATES
export const PaymentStatus = z.enum(Object.keys(PAYMENT_STATES) as [PaymentStatus, ...PaymentStatus[]])

/** Why a payment failed, for people. */
export const PAYMENT_FAILURES = {
  payment_declined: 'The payment was declined',
  insufficient_funds: 'The account of the payment has too little money',
  authentication_failed: 'The payment was not authenticated',
  payment_method_missing: 'The payment method is missing or not known to the payment provider',
  payment_failed: 'The payment failed',
} as const
export type PaymentFailure = keyof typeof PAYMENT_FAILURES
export const PaymentFailure = z.enum(Object.keys(PAYMENT_FAILURES) as [PaymentFailure, ...PaymentFailure[]])

/** Longest address for an authentication. It bounds the document that decides. */
export const MAX_NEXT_ACTION = 250

/** The gateway's id of a payment. */
export const Reference = z.string().regex(/^[\x21-\x7e]{1,64}$/)

/** The payment of a booking. Amounts are minor units of the currency of its price. */
export const Payment = z.strictObject({
  status: PaymentStatus,
  refunded: z.int().min(0).describe('In minor units: what the traveler has got back.'),
  refundDue: z.int().min(0).nullable().describe('In minor units: what a cancellation gives back; null without one.'),
  reference: Reference.nullable().describe("The payment provider's id."),
  nextAction: z
    .url({ protocol: /^https?$/ })
    .max(MAX_NEXT_ACTION)
    .nullable()
    .describe('Where the traveler authenticates the payment.'),
})
export type Payment = z.infer<typeof Payment>

export const UNPAID: Payment = { status: 'none', refunded: 0, refundDue: null, reference: null, nextAction: null }

/** A result of the gateway as a command records it. */
export const PaymentReport = z.strictObject({
  result: z.enum(PAYMENT_RESULTS),
  /** Of a refund: what the traveler has got back in total, in minor units, so that a repeated report changes nothing. */
  amount: z.int().min(1).nullable().default(null),
  reference: Reference.nullable().default(null),
  nextAction: Payment.shape.nextAction.default(null),
  /** Why it failed. */
  reason: PaymentFailure.nullable().default(null),
})
export type PaymentReport = z.infer<typeof PaymentReport>

/**
 * Whether the report changes the payment: it is neither late nor repeated nor about another payment at the gateway, and nothing is
 * captured before a confirmation.
 * @param confirmed whether the booking has ever been confirmed
 */
export const mayFollow = (
  payment: Payment,
  { result, amount, reference }: PaymentReport,
  confirmed: boolean,
): boolean =>
  (PAYMENT_STATES[payment.status].next as readonly PaymentResult[]).includes(result) &&
  (reference ?? payment.reference) === (payment.reference ?? reference) &&
  (result !== 'captured' || confirmed) &&
  (result !== 'refunded' || (amount ?? 0) > payment.refunded)

/** @param price in minor units: nothing above it is refunded */
export function withReport(payment: Payment, report: PaymentReport, price: number): Payment {
  const refunded = report.result === 'refunded' ? Math.min(report.amount ?? 0, price) : payment.refunded
  const status = report.result === 'refunded' && refunded < price ? 'partially_refunded' : report.result
  return {
    ...payment,
    status,
    refunded,
    reference: report.reference ?? payment.reference,
    nextAction: report.nextAction,
  }
}

/** What can stand between the digits of a card number. */
const SEPARATORS = /[^0-9A-Za-z]/g

/** Longest card number. More digits are one with its expiry date or security code. */
const MAX_CARD_DIGITS = 19

/** A card number must not reach the log: a payment method is the payment provider's token for one. */
export const PaymentMethod = z
  .string()
  .regex(/^[\x21-\x7e]{1,100}$/, 'must be 1 to 100 visible ASCII characters without spaces')
  .refine((method) => !hasCardNumber(method), 'must be a token of the payment provider, not a card number')

function hasCardNumber(method: string): boolean {
  const runs = method.replaceAll(SEPARATORS, '').match(/\d{12,}/g) ?? []
  return runs.some((run) => run.length > MAX_CARD_DIGITS || passesLuhn(run))
}

/** The check of ISO/IEC 7812, which one in ten numbers passes by chance. */
function passesLuhn(digits: string): boolean {
  const values = Array.from(digits).reverse().map(Number)
  const sum = values.reduce(
    (total, value, i) => total + (i % 2 === 0 ? value : value < 5 ? value * 2 : value * 2 - 9),
    0,
  )
  return sum % 10 === 0
}
