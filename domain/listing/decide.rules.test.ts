import { describe, expect, it } from 'vitest'
import type { Booking } from '../booking.ts'
import type { Command } from '../command.ts'
import type { Listing } from '../listing.ts'
import { type PaymentReport, UNPAID } from '../payment.ts'
import { given } from '../testing/given.ts'
import {
  accept,
  accepted,
  admin,
  became,
  BOOKING_ID,
  cancel,
  cancelled,
  change,
  changed,
  confirmed,
  created,
  flight,
  LATER,
  NOW,
  otherOwner,
  otherTraveler,
  owner,
  pending,
  publish,
  published,
  rejected,
  request,
  stay,
  system,
  traveler,
  withdrawn,
} from '../testing/samples.ts'

const about = { id: 'command-3', listingId: stay.id, actor: system, bookingId: BOOKING_ID }

describe('the rules of a listing', () => {
  const twoToFour = published({ ...stay, minNights: 2, maxNights: 4, advanceNoticeDays: 3 })

  it.each([
    ['too few nights', '2026-12-01', '2026-12-02'],
    ['too many nights', '2026-12-01', '2026-12-06'],
    ['too short a notice', '2026-11-23', '2026-11-25'],
  ])('refuse %s', (_, checkIn, checkOut) => {
    given(twoToFour).when(request({ checkIn, checkOut })).fails('invalid_dates')
  })

  it.each([
    ['2026-12-01', '2026-12-03'],
    ['2026-12-01', '2026-12-05'],
    ['2026-11-24', '2026-11-26'],
  ])('admit %s to %s', (checkIn, checkOut) => {
    given(twoToFour).when(request({ checkIn, checkOut })).books({ checkIn, checkOut })
  })

  it('count the notice in civil days of the listing', () => {
    const soon = request({ checkIn: '2026-11-22', checkOut: '2026-11-23' }, { at: '2026-11-21T12:00:00.000Z' })
    const noticed = (timeZone: string) => published({ ...stay, timeZone, advanceNoticeDays: 1 })
    given(noticed('Europe/Lisbon')).when(soon).books({ checkIn: '2026-11-22' })
    // It is already the 22nd there.
    given(noticed('Pacific/Auckland')).when(soon).fails('invalid_dates')
  })

  it('for nights do not concern a departure', () => {
    given(published({ ...flight, minNights: 2 }))
      .when(request({ checkOut: null }))
      .books({ checkOut: null })
  })

  it('cannot contradict each other', () => {
    given(published({ ...stay, maxNights: 4 }))
      .when(change({ minNights: 5 }))
      .refuses('invalid_listing')
    given()
      .when(publish({ ...stay, minNights: 5, maxNights: 4 }))
      .refuses('invalid_listing')
  })

  it('set the end of the hold', () => {
    given(published({ ...stay, decisionWindowMs: 2_000 }))
      .when(request())
      .books({ holdExpiresAt: '2026-11-21T10:00:02.000Z' })
  })
})

describe('blocked days', () => {
  const block = { id: 'block-1', from: '2026-12-02', to: '2026-12-04' }
  const base = { id: 'command-9', listingId: stay.id, at: NOW, actor: owner }
  const blockDays = (changes: Partial<Extract<Command, { type: 'BlockDays' }>> = {}): Command => ({
    type: 'BlockDays',
    ...base,
    block,
    ...changes,
  })
  const blocked = { type: 'listing.blocked', listing: stay, block } as const
  const unblocked = { ...blocked, type: 'listing.unblocked' } as const

  it('are recorded and cannot be booked', () => {
    given(published()).when(blockDays()).gives(blocked)
    given(published(), blocked).when(request()).fails('dates_unavailable')
    given(published(), blocked)
      .when(request({ checkIn: '2026-12-04', checkOut: '2026-12-05' }))
      .books({ checkIn: '2026-12-04' })
  })

  it('can be booked again when they are unblocked', () => {
    const unblock: Command = { type: 'UnblockDays', ...base, blockId: block.id }
    given(published(), blocked).when(unblock).gives(unblocked)
    given(published(), blocked, unblocked).when(request()).gives(created())
    given(published()).when(unblock).refuses('unknown_block')
  })

  it('are refused where something is booked', () => {
    given(published(), created()).when(blockDays()).refuses('days_booked')
    given(published(), created(), became(cancelled)).when(blockDays()).gives(blocked)
  })

  it('are at most 500 spans', () => {
    const blocks = Array.from({ length: 500 }, (_, n) => ({ ...blocked, block: { ...block, id: `block-${n}` } }))
    given(published(), ...blocks.slice(1))
      .when(blockDays())
      .gives(blocked)
    given(published(), ...blocks)
      .when(blockDays())
      .refuses('too_many_blocks')
  })

  it.each([otherOwner, traveler])('are refused to $role $id', (actor) => {
    given(published()).when(blockDays({ actor })).refuses('not_yours')
  })
})

describe('requests that do not hold their dates', () => {
  const open: Listing = { ...stay, holdOnRequest: false }
  const other: Booking = { ...pending, id: 'another-booking', travelerId: otherTraveler.id }
  const later: Booking = { ...other, id: 'later-booking', checkIn: '2026-12-03', checkOut: '2026-12-05' }
  const asked = [published(open), created(), created(other), created(later)]

  it('coexist', () => {
    given(published(open), created(other)).when(request()).gives(created())
  })

  it('are rejected when one of them is accepted, if they have the same nights', () => {
    const displaced: Booking = { ...other, status: 'rejected', reason: 'dates_unavailable', ...ended }
    given(...asked)
      .when(accept())
      .gives(became(displaced), became(confirmed))
  })

  it('are rejected when the owner blocks their days', () => {
    const block = { id: 'block-1', from: '2026-12-02', to: '2026-12-03' }
    const command: Command = { type: 'BlockDays', id: 'c', listingId: stay.id, at: LATER, actor: owner, block }
    const displaced: Booking = { ...pending, status: 'rejected', reason: 'dates_unavailable', ...ended }
    given(published(open), created(), created(later))
      .when(command)
      .gives(became(displaced), { type: 'listing.blocked', listing: open, block })
  })

  it('fail on nights that are taken', () => {
    given(published(open), created(other), became({ ...other, ...ended, status: 'confirmed' }))
      .when(request())
      .fails('dates_unavailable')
  })

  it('cannot become holding ones while bookings are live', () => {
    given(published(open), created(), withdrawn(open)).when(publish(stay)).refuses('listing_exists')
    given(published(open), created(), became(cancelled), withdrawn(open)).when(publish(stay)).gives(published(stay))
  })

  const ended = { version: 2, holdExpiresAt: null, updatedAt: LATER }
})

describe('expiry', () => {
  const expire = (at: string, actor = system): Command => ({ type: 'ExpireBooking', ...about, at, actor })
  const endOfHold = pending.holdExpiresAt!

  it('ends a booking when its hold has ended', () => {
    const expired: Booking = { ...pending, status: 'expired', version: 2, holdExpiresAt: null, updatedAt: endOfHold }
    given(published(), created()).when(expire(endOfHold)).gives(became(expired))
    given(published(), created(), became(expired))
      .when(request({}, { bookingId: 'next' }))
      .books({ id: 'next' })
  })

  it('ends an accepted booking whose payment did not come', () => {
    given(published({ ...stay, confirmationPolicy: 'owner+payment' }), created(), became(accepted))
      .when(expire(endOfHold))
      .gives(
        became({ ...accepted, status: 'expired', version: 3, holdExpiresAt: null, updatedAt: endOfHold }, 'accepted'),
      )
  })

  it('is refused before, and after a decision', () => {
    given(published(), created()).when(expire('2026-11-22T09:59:59.999Z')).refuses('not_due', pending)
    given(published(), created(), became(confirmed))
      .when(expire(endOfHold))
      .refuses('booking_already_decided', confirmed)
  })

  it.each([owner, admin, traveler])('is refused to $role', (actor) => {
    given(published(), created()).when(expire(endOfHold, actor)).refuses('not_yours', pending)
  })
})

describe('completion', () => {
  const complete = (at: string): Command => ({ type: 'CompleteBooking', ...about, at })

  it('follows the check-out', () => {
    const end = '2026-12-03T00:00:00.000Z'
    given(published(), created(), became(confirmed))
      .when(complete(end))
      .gives(became({ ...confirmed, status: 'completed', version: 3, updatedAt: end }, 'confirmed'))
    given(published(), created(), became(confirmed))
      .when(complete('2026-12-02T23:59:59.999Z'))
      .refuses('not_due', confirmed)
  })

  it('is at the end of the day of a departure, in the time zone of the listing', () => {
    given(published({ ...flight, timeZone: 'America/New_York' }))
      .when(request({ checkOut: null }))
      .books({ endsAt: '2026-12-02T05:00:00.000Z' })
  })

  it('is at the last instant of the year 9999 for a departure on its last day', () => {
    given(published({ ...flight, timeZone: 'UTC' }))
      .when(request({ checkIn: '9999-12-31', checkOut: null }))
      .books({ endsAt: '9999-12-31T23:59:59.999Z' })
  })

  it('never comes if the check-in had passed at the request', () => {
    const past = { checkIn: '2025-12-01', checkOut: '2025-12-05' }
    given(published()).when(request(past)).books({ endsAt: null })
  })
})

describe('a reminder', () => {
  it('is recorded in the pending booking', () => {
    const remind: Command = { type: 'RemindOwner', ...about, at: LATER }
    const reminded: Booking = { ...pending, version: 2, updatedAt: LATER, remindedAt: LATER }
    given(published(), created()).when(remind).gives({
      type: 'booking.reminded',
      bookingId: BOOKING_ID,
      previousStatus: 'pending',
      reason: null,
      booking: reminded,
    })
    given(published(), created(), became(confirmed)).when(remind).refuses('booking_already_decided', confirmed)
    given(published(), created(), became(reminded)).when(remind).refuses('already_reminded', reminded)
  })
})

describe('payment', () => {
  const withPolicy = (confirmationPolicy: Listing['confirmationPolicy']) => published({ ...stay, confirmationPolicy })
  const unpaid: Booking = { ...pending, payment: UNPAID }
  const paid = (booking: Booking, status: NonNullable<Booking['payment']>['status'], more = {}): Booking => ({
    ...booking,
    payment: { ...UNPAID, status, reference: 'pi_1', ...more },
  })
  const record = (result: PaymentReport['result'], more: Partial<PaymentReport> = {}): Command => ({
    type: 'RecordPayment',
    ...about,
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

it('changes of the rules keep the bookings as they are', () => {
  given(published(), created())
    .when(change({ cancellationPolicy: 'strict', decisionWindowMs: 1_000 }))
    .gives(changed({ ...stay, cancellationPolicy: 'strict', decisionWindowMs: 1_000 }))
  given(published(), created(), became(rejected)).when(request()).refuses('already_requested', rejected)
})
