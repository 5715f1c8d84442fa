import type { PaymentReport, PaymentResult } from '#domain/payment.ts'
import { type Gateway, GatewayError, type GatewayPayment, type Order } from '../proposers/billing/gateway.ts'
import type { Actor, Scheduler } from './scheduler.ts'

/** A payment as the provider knows it. */
export interface ProviderPayment extends GatewayPayment {
  bookingId: string
  listingId: string
  price: number
}

/** A result that the provider reports by itself. */
export interface ProviderWebhook {
  bookingId: string
  listingId: string
  report: PaymentReport
  /** When it came about, by the clock of the world. */
  at: number
}

/** The provider gives up a webhook that has waited longer: the decider forgets ids after twice the time. */
const MAX_WEBHOOK_MS = 24 * 3_600_000

const NOTHING = { amount: null, nextAction: null, reason: null }

/** How often an authorization succeeds at once, and how often it needs an action of the traveler; the others fail. */
const AUTHORIZED = 0.65
const NEEDS_ACTION = 0.2
const CAPTURE_FAILS = 0.08

/**
 * The payment provider of a simulated world. It always has a true state. Calls to it are lost or come late, and it reports some
 * results once more, or twice, by webhook.
 */
export class Provider {
  readonly payments: ProviderPayment[] = []
  readonly #scheduler: Scheduler
  readonly #results = new Map<string, PaymentReport>()
  readonly #now: () => number
  readonly #send: (webhook: ProviderWebhook) => void
  readonly #itself: Actor = { name: 'provider' }

  /** @param send takes what the provider reports by itself */
  constructor(scheduler: Scheduler, now: () => number, send: (webhook: ProviderWebhook) => void) {
    this.#scheduler = scheduler
    this.#now = now
    this.#send = send
  }

  /** The provider as a member of a group reaches it. */
  gateway(member: Actor): Gateway {
    const call = <T>(apply: () => T) =>
      this.#scheduler.call(member, apply, () => new GatewayError('unknown', 'no answer'))
    return {
      authorize: (order, key) => call(() => this.#once(key, () => this.#authorize(order))),
      capture: (reference, key) => call(() => this.#once(key, () => this.#capture(this.#find(reference)))),
      void: (reference, key) => call(() => this.#once(key, () => this.#void(this.#find(reference)))),
      refund: (reference, amount, key) =>
        call(() => this.#once(key, () => this.#refund(this.#find(reference), amount))),
      get: (bookingId) => call(() => this.payments.find((payment) => payment.bookingId === bookingId)),
    }
  }

  #once(key: string, operate: () => PaymentReport): PaymentReport {
    const before = this.#results.get(key)
    if (before) return before
    const report = operate()
    this.#results.set(key, report)
    return report
  }

  #find(reference: string): ProviderPayment {
    return this.payments.find((payment) => payment.reference === reference)!
  }

  #authorize({ bookingId, listingId, price: { amount: price } }: Order): PaymentReport {
    const chance = this.#scheduler.random()
    const status =
      chance < AUTHORIZED ? 'authorized' : chance < AUTHORIZED + NEEDS_ACTION ? 'requires_action' : 'failed'
    const payment: ProviderPayment = {
      bookingId,
      listingId,
      price,
      reference: `pi_${this.payments.length}`,
      status,
      captured: 0,
      refunded: 0,
      reason: status === 'failed' ? 'payment_declined' : null,
    }
    this.payments.push(payment)
    if (status === 'requires_action' && this.#scheduler.random() < 0.7) this.#later(() => this.#authenticate(payment))
    return this.#reported(payment, status)
  }

  /** The traveler succeeds, or fails to. */
  #authenticate(payment: ProviderPayment): void {
    if (payment.status !== 'requires_action') return
    payment.status = this.#scheduler.random() < 0.7 ? 'authorized' : 'failed'
    if (payment.status === 'failed') payment.reason = 'authentication_failed'
    this.#webhook(payment, reportOf(payment, payment.status))
  }

  #capture(payment: ProviderPayment): PaymentReport {
    if (payment.status !== 'authorized') return reportOf(payment, 'failed')
    const succeeds = this.#scheduler.random() >= CAPTURE_FAILS
    payment.status = succeeds ? 'captured' : 'failed'
    if (succeeds) payment.captured = payment.price
    else payment.reason = 'payment_failed'
    return this.#reported(payment, payment.status)
  }

  #void(payment: ProviderPayment): PaymentReport {
    if (payment.status === 'captured' || payment.status === 'failed') return reportOf(payment, payment.status)
    payment.status = 'voided'
    return this.#reported(payment, 'voided')
  }

  #refund(payment: ProviderPayment, amount: number): PaymentReport {
    if (payment.refunded + amount > payment.captured) return reportOf(payment, 'failed')
    payment.refunded += amount
    return { ...reportOf(payment, 'refunded'), amount }
  }

  /** The report, which at times comes by webhook too. */
  #reported(payment: ProviderPayment, result: PaymentResult): PaymentReport {
    const report = reportOf(payment, result)
    for (let n = this.#scheduler.pick(6) - 3; n > 0; n--) this.#webhook(payment, report)
    return report
  }

  #webhook({ bookingId, listingId }: ProviderPayment, report: PaymentReport): void {
    const at = this.#now()
    this.#later(() => {
      if (this.#now() - at <= MAX_WEBHOOK_MS) this.#send({ bookingId, listingId, report, at })
    })
  }

  /** At some time in the schedule. */
  #later(work: () => void): void {
    void this.#scheduler.call(this.#itself, work)
  }
}

const reportOf = ({ reference, reason }: GatewayPayment, result: PaymentResult): PaymentReport => ({
  ...NOTHING,
  result,
  reference,
  reason: result === 'failed' ? (reason ?? 'payment_failed') : null,
})
