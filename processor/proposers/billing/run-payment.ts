import { instantOf } from '#domain/civil.ts'
import type { Command } from '#domain/command.ts'
import type { Pay, PaymentOperation } from '#domain/effects.ts'
import { proposalIdOf } from '#domain/ids.ts'
import type { PaymentReport } from '#domain/payment.ts'
import type { BillingDeps } from './deps.ts'
import type { Gateway } from './gateway.ts'
import { type Begun, type Ended, type OperationRef, stepsOf, takeStep } from './ledger.ts'

/**
 * Carries out one operation on the payment of a booking. Each step has an entry in the ledger, so that a crash between any two of
 * them repeats only the last one, with the same key and the same command id.
 */
export async function runPayment(pay: Pay, deps: BillingDeps): Promise<void> {
  const { store, now } = deps
  const ref: OperationRef = { bookingId: pay.event.bookingId, operation: pay.operation }
  const { begun = await begin(pay, ref, deps), ended, recorded } = await stepsOf(store, ref)
  if (recorded || begun.omitted) return
  await record(pay, ended ?? (await carryOut(pay, ref, deps)), deps)
  await takeStep(store, 'recorded', ref, { at: instantOf(now()) })
}

/** An operation that comes too late is omitted for good: another process, which may be late itself, must not begin it afterwards. */
function begin(pay: Pay, ref: OperationRef, { store, now }: BillingDeps): Promise<Begun> {
  const at = instantOf(now())
  const { amount, event } = pay
  const fields = isTooLate(pay, now()) ? { omitted: true } : { amount, currency: event.booking.price.currency }
  return takeStep(store, 'begun', ref, { at, ...fields })
}

async function carryOut(pay: Pay, ref: OperationRef, { store, gateway, now }: BillingDeps): Promise<Ended> {
  const report = await CALLS[pay.operation](gateway, pay)
  return takeStep(store, 'ended', ref, { at: instantOf(now()), report })
}

/** The payment stays captured after a failed refund: the traveler has to get the money in another way. */
async function record(pay: Pay, ended: Ended, { propose, logger }: BillingDeps): Promise<void> {
  const { operation, amount, event } = pay
  if (operation !== 'refund' || ended.report.result !== 'failed') return propose([commandOf(pay, ended)])
  const { bookingId, booking } = event
  const fields = { bookingId, amount, currency: booking.price.currency, reason: ended.report.reason }
  logger.error('a refund failed; give the money back by hand', fields)
}

/** The traveler's money is not set aside for a booking whose hold has ended meanwhile. What has begun must go on. */
const isTooLate = ({ operation, event: { booking } }: Pay, nowMs: number): boolean =>
  operation === 'authorize' && booking.holdExpiresAt !== null && nowMs >= Date.parse(booking.holdExpiresAt)

/** The call of each operation. Its key is the effect's id. */
const CALLS: Readonly<Record<PaymentOperation, (gateway: Gateway, pay: Pay) => Promise<PaymentReport>>> = {
  authorize: (gateway, { id, event: { booking } }) => {
    const { id: bookingId, listingId, price, paymentMethod } = booking
    return gateway.authorize({ bookingId, listingId, price, paymentMethod }, id)
  },
  capture: (gateway, pay) => gateway.capture(referenceOf(pay), pay.id),
  void: (gateway, pay) => gateway.void(referenceOf(pay), pay.id),
  refund: (gateway, pay) => gateway.refund(referenceOf(pay), pay.amount, pay.id),
}

function referenceOf({ id, event: { booking } }: Pay): string {
  if (booking.payment?.reference) return booking.payment.reference
  throw new Error(`the payment has no reference: ${id}`)
}

function commandOf({ event }: Pay, { bookingId, operation, at, report }: Ended): Command {
  return {
    type: 'RecordPayment',
    id: proposalIdOf(bookingId, operation, report.result),
    listingId: event.listingId,
    bookingId,
    actor: { role: 'system', id: 'billing' },
    at,
    ...(event.command.trace && { trace: event.command.trace }),
    report,
  }
}
