import { type Booking, isLive } from '#domain/booking.ts'
import { isBookingEvent } from '#domain/event.ts'
import type { PaymentReport, PaymentStatus } from '#domain/payment.ts'
import type { Begun, Ended, LedgerEntry } from '../proposers/billing/ledger.ts'
import type { Evidence, FirstEvents } from './evidence.ts'
import type { ProviderPayment } from './provider.ts'

/** I13: after all work has ended, bookings, ledger and provider agree, and no money is anywhere that it should not be. */
export function checkPayments(
  evidence: Pick<Evidence, 'all'>,
  { events }: Pick<FirstEvents, 'events'>,
  payments: readonly ProviderPayment[],
): string[] {
  const bookings = new Map<string, Booking>()
  const confirmed = new Set<string>()
  for (const { event } of events) {
    if (!isBookingEvent(event)) continue
    bookings.set(event.bookingId, event.booking)
    if (event.type === 'booking.confirmed') confirmed.add(event.bookingId)
  }
  const ofBooking = Map.groupBy(payments, ({ bookingId }) => bookingId)
  const faults = [...bookings.values()].flatMap((booking) => {
    const [payment, ...others] = ofBooking.get(booking.id) ?? []
    const found = [
      ...(others.length > 0 ? ['a booking is authorized twice'] : []),
      ...(payment ? moneyFaults(booking, payment, confirmed.has(booking.id)) : []),
      ...stateFaults(booking, payment),
    ]
    return found.map((fault) => `I13 ${fault}: ${booking.id}`)
  })
  return [...faults, ...ledgerFaults(evidence, payments)]
}

function moneyFaults({ status, payment, price }: Booking, held: ProviderPayment, wasConfirmed: boolean): string[] {
  const due = isLive(status) || status === 'completed' ? 0 : (payment?.refundDue ?? price.amount)
  return [
    ...(held.captured - held.refunded > price.amount ? ['more than the price is taken'] : []),
    ...(held.captured > 0 && !wasConfirmed ? ['a booking that was not confirmed is captured'] : []),
    ...(held.captured > 0 && held.refunded !== due ? ['not what is due is refunded'] : []),
    ...(held.status === 'authorized' ? ['an authorization is neither captured nor given back'] : []),
  ]
}

/** A refunded payment is still captured for the provider. */
function stateFaults({ payment }: Booking, held: ProviderPayment | undefined): string[] {
  if (!payment) return held ? ['a booking that needs no payment has one'] : []
  const taken: readonly PaymentStatus[] = ['captured', 'partially_refunded', 'refunded']
  const status = taken.includes(payment.status) ? 'captured' : payment.status
  return status === (held?.status ?? 'none') && payment.refunded === (held?.refunded ?? 0)
    ? []
    : [`the payment is ${payment.status}, for the provider ${held?.status ?? 'none'}`]
}

/** The ledger has each operation of the provider, with its result, and each has ended. */
function ledgerFaults(evidence: Pick<Evidence, 'all'>, payments: readonly ProviderPayment[]): string[] {
  const entries = evidence.all<LedgerEntry>('payments')
  const operations = Map.groupBy(entries, ({ bookingId, operation }) => `${bookingId}:${operation}`)
  const reports = new Map<string, PaymentReport>()
  const open = [...operations].flatMap(([id, steps]) => {
    const ended = steps.find(({ seq }) => seq === 1) as Ended | undefined
    if (ended) reports.set(id, ended.report)
    const isOmitted = steps.length === 1 && steps.some((step: Begun) => step.omitted)
    return steps.length === 3 || isOmitted ? [] : [`I13 an operation has begun and not ended: ${id}`]
  })
  const resultOf = ({ bookingId }: ProviderPayment, operation: string) =>
    reports.get(`${bookingId}:${operation}`)?.result
  const differing = payments.flatMap((payment) => {
    const isCaptured = resultOf(payment, 'capture') === 'captured'
    const refunded = resultOf(payment, 'refund') === 'refunded' ? reports.get(`${payment.bookingId}:refund`)?.amount : 0
    return resultOf(payment, 'authorize') !== undefined &&
      isCaptured === payment.captured > 0 &&
      refunded === payment.refunded &&
      (payment.status === 'voided') === (resultOf(payment, 'void') === 'voided')
      ? []
      : [`I13 the ledger is not the state of the provider: ${payment.bookingId}`]
  })
  return [...open, ...differing]
}
