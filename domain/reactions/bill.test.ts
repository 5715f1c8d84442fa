import { expect, it } from 'vitest'
import { STATES, type Status } from '../booking.ts'
import type { PaymentOperation } from '../effects.ts'
import { PAYMENT_STATES, type PaymentStatus, UNPAID } from '../payment.ts'
import { event } from '../testing/arbitraries.ts'
import { forAll } from '../testing/for-all.ts'
import { BOOKING_ID, bookingEvent, listingEvent, pending, refusedEvent } from '../testing/samples.ts'
import { bill } from './bill.ts'

const booking = (status: Status, payment: PaymentStatus, refundDue: number | null = null) => ({
  ...pending,
  status,
  payment: { ...UNPAID, status: payment, refundDue, reference: 'pi_1' },
})

const operationOf = (...booked: Parameters<typeof booking>): PaymentOperation | undefined =>
  bill(bookingEvent(booking(...booked)))[0]?.operation

const ENDED_UNCONFIRMED: readonly Status[] = ['rejected', 'expired', 'cancelled', 'failed']

it('asks for an operation on the payment, with an id that a repeated event has too', () => {
  const event = bookingEvent(booking('pending', 'none'))
  const effect = { type: 'pay', id: `${BOOKING_ID}:authorize`, operation: 'authorize', amount: 60_000, event }
  expect(bill(event)).toStrictEqual([effect])
})

/** The operation of each state of a booking, by the state of its payment. What is missing needs nothing. */
const EXPECTED: Partial<Record<PaymentStatus, Partial<Record<Status, PaymentOperation>>>> = {
  none: { pending: 'authorize' },
  requires_action: Object.fromEntries([...ENDED_UNCONFIRMED, 'completed'].map((status) => [status, 'void'])),
  authorized: {
    confirmed: 'capture',
    completed: 'capture',
    ...Object.fromEntries(ENDED_UNCONFIRMED.map((status) => [status, 'void'])),
  },
  captured: Object.fromEntries(ENDED_UNCONFIRMED.map((status) => [status, 'refund'])),
}

it.each(Object.keys(PAYMENT_STATES) as PaymentStatus[])(
  'asks in every state of a booking whose payment is %s',
  (payment) => {
    const operations = Object.fromEntries(
      (Object.keys(STATES) as Status[]).flatMap((status) => {
        const operation = operationOf(status, payment)
        return operation ? [[status, operation]] : []
      }),
    )
    expect(operations).toStrictEqual(EXPECTED[payment] ?? {})
  },
)

it('releases the authorization that comes after the end of its booking', () => {
  const late = bookingEvent(booking('expired', 'authorized'), {
    type: 'booking.payment_changed',
    previousStatus: 'expired',
  })
  expect(bill(late)).toMatchObject([{ operation: 'void', amount: 60_000 }])
})

it('captures a confirmed booking that was cancelled before its capture: the cancellation terms apply to it', () => {
  expect(operationOf('cancelled', 'authorized', 30_000)).toBe('capture')
})

it.each([
  ['what the cancellation gives back', 30_000, [{ operation: 'refund', amount: 30_000 }]],
  ['nothing if the terms give nothing back', 0, []],
  ['everything of a booking that was never confirmed', null, [{ operation: 'refund', amount: 60_000 }]],
])('refunds %s', (_, refundDue, effects) => {
  expect(bill(bookingEvent(booking('cancelled', 'captured', refundDue)))).toMatchObject(effects)
})

it('asks for nothing if the booking needs no payment, and for listing events and refusals', () => {
  expect([bookingEvent(pending), listingEvent(), refusedEvent()].flatMap(bill)).toStrictEqual([])
})

it('captures only bookings that were confirmed (I13)', () => {
  forAll(event, (event) => {
    for (const {
      operation,
      event: { booking },
    } of bill(event)) {
      const wasConfirmed = booking.payment?.refundDue != null || ['confirmed', 'completed'].includes(booking.status)
      expect(operation !== 'capture' || wasConfirmed).toBe(true)
    }
  })
})
