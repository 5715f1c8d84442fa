import { describe, it } from 'vitest'
import type { Booking } from '../booking.ts'
import type { Command } from '../command.ts'
import { given } from '../testing/given.ts'
import {
  accepted,
  admin,
  became,
  BOOKING_ID,
  confirmed,
  created,
  flight,
  LATER,
  owner,
  pending,
  proposal,
  published,
  request,
  stay,
  system,
  traveler,
} from '../testing/samples.ts'

describe('expiry', () => {
  const expire = (at: string, actor = system): Command => ({ type: 'ExpireBooking', ...proposal, at, actor })
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
  const complete = (at: string): Command => ({ type: 'CompleteBooking', ...proposal, at })

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
    const remind: Command = { type: 'RemindOwner', ...proposal, at: LATER }
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
