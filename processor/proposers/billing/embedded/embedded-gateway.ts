/**
 * The payment gateway for development and tests. It moves no money. What it does depends only on the payment method and the price
 * (`methods.ts`). Its payments are documents, so that it remembers them, as a provider does, when the process ends.
 */
import { createHash } from 'node:crypto'
import type { PaymentReport, PaymentResult } from '#domain/payment.ts'
import { type Change, type Doc, type Store, StoreError } from '#store/store.ts'
import { untilWon, wonOrUnknown } from '../../../compare-and-set.ts'
import { type Gateway, GatewayError, type GatewayPayment, type Order } from '../gateway.ts'
import { failsAtCapture, methodNamed } from './methods.ts'
import type { SendWebhook } from './webhooks.ts'

export interface EmbeddedGatewayOptions {
  store: Store
  /** Where a traveler authenticates the payment of a booking. */
  authenticationUrl: (bookingId: string) => string
  /** Sends a result to the edge. */
  sendWebhook: SendWebhook
}

export interface EmbeddedGateway extends Gateway {
  /**
   * The traveler authenticates the payment, or fails to. Resolves when the edge has the result.
   * @returns false if the payment waits for no authentication
   */
  authenticate(bookingId: string, succeeds: boolean): Promise<boolean>
}

/** A payment as the gateway stores it. */
export interface StoredPayment extends Doc, GatewayPayment {
  /** Rises with each change: changes are compare-and-set. */
  rev: number
  bookingId: string
  listingId: string
  amount: number
  currency: string
  /** What the call with each key returned. */
  results: Record<string, PaymentReport>
  /** How many answers to the authorization will be lost. */
  lostAnswers: number
}

/** What an operation makes of a payment. */
interface Step {
  report: PaymentReport
  changes?: Partial<GatewayPayment>
}

const COLLECTION = 'gateway_payments'

/** The key of the traveler's own operation. */
const AUTHENTICATION = 'authentication'

const NOTHING = { amount: null, reference: null, nextAction: null, reason: null }

export const createEmbeddedGateway = (options: EmbeddedGatewayOptions): EmbeddedGateway => new Embedded(options)

class Embedded implements EmbeddedGateway {
  readonly #options: EmbeddedGatewayOptions

  constructor(options: EmbeddedGatewayOptions) {
    this.#options = options
  }

  authorize(order: Order, key: string): Promise<PaymentReport> {
    return answering(async () => {
      const created = await this.#create(order, key)
      const payment = created ?? (await this.#get(referenceOf(order.bookingId)))!
      if (payment.lostAnswers > 0) {
        await this.#options.store.patch(COLLECTION, payment._id, { inc: [[['lostAnswers'], -1]] })
        throw new GatewayError('unknown', 'the answer of the payment gateway was lost')
      }
      return payment.results[key] ?? reportOf(payment.status, payment)
    })
  }

  capture(reference: string, key: string): Promise<PaymentReport> {
    return this.#once(reference, key, (payment) => {
      if (payment.status !== 'authorized') return { report: failed(payment) }
      if (failsAtCapture(payment.amount))
        return { report: failed(payment), changes: { status: 'failed', reason: 'payment_failed' } }
      return { report: reportOf('captured', payment), changes: { status: 'captured', captured: payment.amount } }
    })
  }

  void(reference: string, key: string): Promise<PaymentReport> {
    return this.#once(reference, key, (payment) =>
      payment.status === 'captured' || payment.status === 'failed'
        ? { report: reportOf(payment.status, payment) }
        : { report: reportOf('voided', payment), changes: { status: 'voided' } },
    )
  }

  refund(reference: string, amount: number, key: string): Promise<PaymentReport> {
    return this.#once(reference, key, (payment) =>
      payment.refunded + amount <= payment.captured
        ? { report: { ...reportOf('refunded', payment), amount }, changes: { refunded: payment.refunded + amount } }
        : { report: failed(payment) },
    )
  }

  async get(bookingId: string): Promise<GatewayPayment | undefined> {
    const payment = await answering(() => this.#get(referenceOf(bookingId)))
    if (!payment) return undefined
    const { reference, status, captured, refunded, reason } = payment
    return { reference, status, captured, refunded, reason }
  }

  async authenticate(bookingId: string, succeeds: boolean): Promise<boolean> {
    const reference = referenceOf(bookingId)
    const before = await this.#get(reference)
    if (before?.status !== 'requires_action' && !before?.results[AUTHENTICATION]) return false
    const report = await this.#once(reference, AUTHENTICATION, (payment) => {
      const result = succeeds ? 'authorized' : 'failed'
      if (payment.status !== 'requires_action') return { report: reportOf(payment.status, payment) }
      const reason = succeeds ? null : 'authentication_failed'
      return { report: { ...reportOf(result, payment), reason }, changes: { status: result, reason } }
    })
    await this.#options.sendWebhook(before, report, AUTHENTICATION)
    return true
  }

  #get(reference: string): Promise<StoredPayment | undefined> {
    return this.#options.store.get<StoredPayment>(COLLECTION, reference)
  }

  /** Returns undefined if the booking has a payment: a booking is never authorized twice. */
  async #create(order: Order, key: string): Promise<StoredPayment | undefined> {
    const { bookingId, listingId, price, paymentMethod } = order
    const { result, reason = null, lostAnswers = 0, webhooks = 0 } = methodNamed(paymentMethod)
    const reference = referenceOf(bookingId)
    const nextAction = result === 'requires_action' ? this.#options.authenticationUrl(bookingId) : null
    const report = { ...NOTHING, result, reference, nextAction, reason }
    const payment: StoredPayment = {
      _id: reference,
      rev: 1,
      reference,
      bookingId,
      listingId,
      ...price,
      status: result,
      captured: 0,
      refunded: 0,
      reason,
      results: { [key]: report },
      lostAnswers,
    }
    if (!(await this.#options.store.insert(COLLECTION, payment))) return undefined
    for (let i = 0; i < webhooks; i++) void this.#options.sendWebhook(payment, report, key).catch(() => undefined)
    return payment
  }

  /** Takes the step unless a call with the key has taken it. */
  #once(reference: string, key: string, step: (payment: StoredPayment) => Step): Promise<PaymentReport> {
    return answering(async () => {
      let report: PaymentReport = { ...NOTHING, result: 'failed', reason: 'payment_failed' }
      await untilWon(`the payment ${reference}`, async () => {
        const payment = await this.#get(reference)
        if (!payment) return true
        const taken = payment.results[key]
        const { changes = {}, ...next } = taken ? { report: taken } : step(payment)
        report = next.report
        if (taken) return true
        const change = changeOf({ ...changes, rev: payment.rev + 1 }, key, report)
        return wonOrUnknown(
          this.#options.store.patch(COLLECTION, reference, change, { path: ['rev'], is: payment.rev }),
        )
      })
      return report
    })
  }
}

const changeOf = (fields: object, key: string, report: PaymentReport): Change => ({
  set: [
    ...Object.entries(fields).map(([name, value]): [string[], unknown] => [[name], value]),
    [['results', key], report],
  ],
})

const reportOf = (result: PaymentResult, { reference, reason }: GatewayPayment): PaymentReport => ({
  ...NOTHING,
  result,
  reference,
  reason: result === 'failed' ? reason : null,
})

const failed = (payment: GatewayPayment): PaymentReport => ({
  ...reportOf('failed', payment),
  reason: 'payment_failed',
})

/** One payment per booking. */
const referenceOf = (bookingId: string): string =>
  `pi_${createHash('sha256').update(bookingId).digest('hex').slice(0, 24)}`

/** The store is where the gateway works, so its outage is an outage of the gateway. */
async function answering<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof StoreError)) throw error
    const code = error.code === 'unavailable' || error.code === 'closed' ? 'unavailable' : 'unknown'
    throw new GatewayError(code, error.message, { cause: error })
  }
}
