import { describe, expect, it } from 'vitest'
import type { Booking } from '../booking.ts'
import type { Command } from '../command.ts'
import type { Listing } from '../listing.ts'
import { type PaymentReport, UNPAID } from '../payment.ts'
import { given } from '../testing/given.ts'
import {
  accept,
  became,
  cancel,
  created,
  LATER,
  owner,
  pending,
  proposal,
  published,
  request,
  stay,
  withdrawn,
} from '../testing/samples.ts'

describe('payment', () => {
  const withPolicy = (confirmationPolicy: Listing['confirmationPolicy']) => published({ ...stay, confirmationPolicy })
  const unpaid: Booking = { ...pending, payment: UNPAID }
  const paid = (booking: Booking, status: NonNullable<Booking['payment']>['status'], more = {}): Booking => ({
    ...booking,
    payment: { ...UNPAID, status, reference: 'pi_1', ...more },
  })
  const record = (result: PaymentReport['result'], more: Partial<PaymentReport> = {}): Command => ({
    type: 'RecordPayment',
    ...proposal,
    at: LATER,
    report: { result, amount: null, reference: 'pi_1', nextAction: null, reason: null, ...more },
  })
  const after = { version: 2, updatedAt: LATER }

  it('is open in a new booking that needs one', () => {
    given(withPolicy('payment'))
      .when(request({ paymentMethod: 'pm_1' }))
      .books({ payment: UNPAID, paymentMethod: 'pm_1' })
    given(withPolicy('owner')).when(request()).books({ payment: null })
  })

  it('confirms a booking that needs nothing else', () => {
    given(withPolicy('payment'), created(unpaid))
      .when(record('authorized'))
      .gives(became({ ...paid(unpaid, 'authorized'), ...after, status: 'confirmed', holdExpiresAt: null }))
  })

  it('confirms a booking together with the owner, in either order', () => {
    const authorized = paid({ ...unpaid, ...after }, 'authorized')
    given(withPolicy('owner+payment'), created(unpaid)).when(record('authorized')).gives(paymentChanged(authorized))
    given(withPolicy('owner+payment'), created(unpaid), paymentChanged(authorized))
      .when(accept())
      .gives(became({ ...authorized, version: 3, status: 'confirmed', holdExpiresAt: null }))
    given(withPolicy('owner+payment'), created(unpaid), became({ ...unpaid, ...after, status: 'accepted' }))
      .when(record('authorized'))
      .gives(became({ ...authorized, version: 3, status: 'confirmed', holdExpiresAt: null }, 'accepted'))
  })

  it('fails a booking, with the reason', () => {
    const failed: Booking = {
      ...paid(unpaid, 'failed'),
      ...after,
      status: 'failed',
      reason: 'insufficient_funds',
      holdExpiresAt: null,
    }
    given(withPolicy('payment'), created(unpaid))
      .when(record('failed', { reason: 'insufficient_funds' }))
      .gives(became(failed))
  })

  it('is recorded after the end of a booking too', () => {
    const ended: Booking = { ...paid(unpaid, 'authorized'), ...after, status: 'cancelled', holdExpiresAt: null }
    given(withPolicy('payment'))
      .archived(ended)
      .when(record('voided'))
      .gives(paymentChanged({ ...paid(ended, 'voided'), version: 3 }, 'cancelled'))
  })

  it.each(['authorized', 'captured', 'failed', 'voided'] as const)('refuses %s after a refund', (result) => {
    const refunded = paid({ ...unpaid, status: 'cancelled' }, 'refunded')
    given(withPolicy('payment')).archived(refunded).when(record(result)).refuses('payment_settled', refunded)
  })

  it.each(['captured', 'voided', 'failed'] as const)('refuses %s of another payment at the gateway', (result) => {
    const confirmed = paid({ ...unpaid, ...after, status: 'confirmed', holdExpiresAt: null }, 'authorized')
    const booked = () => given(withPolicy('payment'), created(unpaid), became(confirmed))
    booked()
      .when(record(result, { reference: 'pi_2' }))
      .refuses('payment_settled', confirmed)
    // A report without a reference can only be about the payment that the booking has.
    expect(booked().when(record(result, { reference: null })).facts[0]).toMatchObject({
      booking: { payment: { status: result, reference: 'pi_1' } },
    })
  })

  it('is refunded in parts, up to the price', () => {
    const captured = paid({ ...unpaid, status: 'cancelled', holdExpiresAt: null }, 'captured', { refundDue: 30_000 })
    const [fact] = given(withPolicy('payment'))
      .archived(captured)
      .when(record('refunded', { amount: 30_000 })).facts
    expect(fact).toMatchObject({ booking: { payment: { status: 'partially_refunded', refunded: 30_000 } } })
    const [whole] = given(withPolicy('payment'))
      .archived(captured)
      .when(record('refunded', { amount: 60_000 })).facts
    expect(whole).toMatchObject({ booking: { payment: { status: 'refunded', refunded: 60_000 } } })
    const [more] = given(withPolicy('payment'))
      .archived(captured)
      .when(record('refunded', { amount: 60_001 })).facts
    expect(more).toMatchObject({ booking: { payment: { status: 'refunded', refunded: 60_000 } } })
  })

  it.each([30_000, 20_000, null])('counts a refund once: a later report of %s in total is refused', (amount) => {
    const refunded = paid({ ...unpaid, status: 'cancelled' }, 'partially_refunded', {
      refunded: 30_000,
      refundDue: 60_000,
    })
    given(withPolicy('payment'))
      .archived(refunded)
      .when(record('refunded', { amount }))
      .refuses('payment_settled', refunded)
  })

  it('I13: is captured only after a confirmation', () => {
    const authorized = paid({ ...unpaid, ...after }, 'authorized')
    given(withPolicy('owner+payment'), created(unpaid), paymentChanged(authorized))
      .when(record('captured'))
      .refuses('payment_settled', authorized)
    const expired: Booking = { ...authorized, status: 'expired' }
    given(withPolicy('owner+payment')).archived(expired).when(record('captured')).refuses('payment_settled', expired)
    const late = paid({ ...unpaid, ...after, status: 'cancelled' }, 'authorized', { refundDue: 0 })
    const [fact] = given(withPolicy('owner+payment')).archived(late).when(record('captured')).facts
    expect(fact).toMatchObject({ type: 'booking.payment_changed', booking: { payment: { status: 'captured' } } })
  })

  it('is recorded when the listing is withdrawn', () => {
    given(withPolicy('payment'), created(unpaid), withdrawn({ ...stay, confirmationPolicy: 'payment' }))
      .when(record('authorized'))
      .gives(became({ ...paid(unpaid, 'authorized'), ...after, status: 'confirmed', holdExpiresAt: null }))
  })

  it('is refused for a booking of an older version, which has none', () => {
    given(withPolicy('payment'), created()).when(record('authorized')).refuses('payment_settled', pending)
  })

  it.each([
    ['flexible', '2026-11-29T23:59:59.999Z', 60_000],
    ['flexible', '2026-11-30T00:00:00.000Z', 0],
    ['moderate', '2026-11-25T23:59:59.999Z', 60_000],
    ['moderate', '2026-11-26T00:00:00.000Z', 0],
    ['firm', '2026-11-22T00:00:00.000Z', 30_000],
    ['firm', '2026-11-24T00:00:00.000Z', 0],
    ['strict', LATER, 30_000],
    ['strict', '2026-11-24T00:00:00.000Z', 0],
    ['non-refundable', LATER, 0],
  ] as const)('a traveler who cancels under %s at %s gets %i back', (cancellationPolicy, at, refundDue) => {
    const booked = {
      ...paid(unpaid, 'captured'),
      ...after,
      status: 'confirmed',
      holdExpiresAt: null,
      cancellationPolicy,
    } as const
    const past = [withPolicy('payment'), created(unpaid), became(booked)]
    const [fact] = given(...past).when(cancel({ at })).facts
    expect(fact).toMatchObject({ booking: { status: 'cancelled', payment: { refundDue } } })
    const [byOwner] = given(...past).when(cancel({ at, actor: owner })).facts
    expect(byOwner).toMatchObject({ booking: { payment: { refundDue: 60_000 } } })
  })

  it('has the grace of the strict policy in the first 48 hours, 14 days before the check-in', () => {
    const dates = { checkIn: '2026-12-25', checkOut: '2026-12-27' }
    const booked = {
      ...paid(unpaid, 'captured'),
      ...after,
      ...dates,
      status: 'confirmed',
      cancellationPolicy: 'strict',
    } as const
    const past = [withPolicy('payment'), created({ ...unpaid, ...dates }), became(booked)]
    const refundAt = (at: string) => given(...past).when(cancel({ at })).facts[0]
    expect(refundAt('2026-11-23T09:59:59.999Z')).toMatchObject({ booking: { payment: { refundDue: 60_000 } } })
    expect(refundAt('2026-11-23T10:00:00.000Z')).toMatchObject({ booking: { payment: { refundDue: 30_000 } } })
  })

  const paymentChanged = (booking: Booking, previousStatus: Booking['status'] = 'pending') => ({
    type: 'booking.payment_changed' as const,
    bookingId: booking.id,
    previousStatus,
    reason: booking.reason,
    booking,
  })
})
