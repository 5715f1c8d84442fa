import { describe, expect, it } from 'vitest'
import { given } from '../testing/given.ts'
import {
  accept,
  accepted,
  admin,
  became,
  BOOKING_ID,
  cancel,
  cancelled,
  confirmed,
  created,
  LATER,
  otherOwner,
  otherTraveler,
  owner,
  pending,
  published,
  reject,
  rejected,
  request,
  stay,
  system,
  traveler,
  withdrawn,
} from '../testing/samples.ts'
import type { Booking } from '../booking.ts'
import type { ConfirmationPolicy } from '../policies.ts'

const publishedWith = (confirmationPolicy: ConfirmationPolicy) => published({ ...stay, confirmationPolicy })
const requested = [published(), created()]
const failed: Booking = { ...pending, status: 'failed', reason: 'dates_unavailable', holdExpiresAt: null }
const impostor = { ...traveler, id: owner.id }
const namesake = { ...owner, id: traveler.id }

describe('accepting', () => {
  it.each([owner, admin, system])('by $role confirms the booking', (actor) => {
    given(...requested)
      .when(accept({ actor }))
      .gives(became(confirmed))
  })

  it('leaves payment outstanding and keeps the hold under the policy owner+payment', () => {
    given(publishedWith('owner+payment'), created()).when(accept()).gives(became(accepted))
  })

  it.each([otherOwner, traveler, otherTraveler, impostor, namesake])('by $role $id is refused', (actor) => {
    given(...requested)
      .when(accept({ actor }))
      .refuses('not_yours', pending)
  })

  it('works after the listing is withdrawn', () => {
    given(...requested, withdrawn())
      .when(accept())
      .gives(became(confirmed))
  })
})

describe('rejecting', () => {
  it.each([owner, admin, system])('by $role records the reason', (actor) => {
    const reason = 'The roof leaks'
    given(...requested)
      .when(reject({ actor, reason }))
      .gives(became({ ...rejected, reason }))
  })

  it.each([otherOwner, traveler, otherTraveler, impostor, namesake])('by $role $id is refused', (actor) => {
    given(...requested)
      .when(reject({ actor }))
      .refuses('not_yours', pending)
  })

  it('works under the policy owner+payment', () => {
    given(publishedWith('owner+payment'), created()).when(reject()).gives(became(rejected))
  })
})

describe('cancelling', () => {
  const statuses = [pending, accepted, confirmed]

  describe.each(statuses)('a $status booking', (booking) => {
    const past = [published(), created(), ...(booking === pending ? [] : [became(booking)])]
    const ended = { ...cancelled, version: booking.version + 1, reason: 'Ill' }

    it.each([traveler, owner, admin, system])('by $role succeeds and records the reason', (actor) => {
      given(...past)
        .when(cancel({ actor, reason: 'Ill' }))
        .gives(became(ended, booking.status))
    })

    it.each([otherTraveler, otherOwner, impostor, namesake])('by $role $id is refused', (actor) => {
      given(...past)
        .when(cancel({ actor }))
        .refuses('not_yours', booking)
    })
  })

  it.each(['payment', 'instant'] as const)('is allowed to the owner under the policy %s', (policy) => {
    given(publishedWith(policy), created())
      .when(cancel({ actor: owner }))
      .gives(became(cancelled))
  })

  it('frees the nights', () => {
    const again = request({}, { bookingId: 'another-booking' })
    given(...requested)
      .when(again)
      .fails('dates_unavailable')
    given(...requested, became(cancelled))
      .when(again)
      .books({ id: 'another-booking' })
  })
})

describe('a second decision', () => {
  const winners = [confirmed, rejected, cancelled, accepted]

  describe.each(winners)('on a booking that is $status', (winner) => {
    it.each([accept, reject])('is refused with the booking that won', (decision) => {
      given(...requested, became(winner))
        .when(decision())
        .refuses('booking_already_decided', winner)
    })
  })

  it.each([rejected, cancelled])('is refused when it cancels a $status booking', (winner) => {
    given(...requested, became(winner))
      .when(cancel())
      .refuses('booking_already_decided', winner)
  })

  it.each([accept, reject, cancel])('is refused on a failed booking', (decision) => {
    given(published(), became(failed, null)).when(decision()).refuses('booking_already_decided', failed)
  })

  it.each([accept, reject, cancel])('is refused on an archived booking', (decision) => {
    given(published()).archived(rejected).when(decision()).refuses('booking_already_decided', rejected)
  })

  it('is refused to a stranger as not theirs', () => {
    given(...requested, became(rejected))
      .when(accept({ actor: otherOwner }))
      .refuses('not_yours', rejected)
  })
})

describe.each([accept, reject, cancel])('a decision', (decision) => {
  it('about a booking that does not exist is refused', () => {
    given(published()).when(decision()).refuses('unknown_booking', null, BOOKING_ID)
    given().when(decision()).refuses('unknown_booking', null, BOOKING_ID)
  })

  it('is refused when the version is not the expected one', () => {
    given(...requested)
      .when(decision({ expectedVersion: 2 }))
      .refuses('version_mismatch', pending)
    given(...requested, became(confirmed))
      .when(decision({ expectedVersion: 1 }))
      .refuses('version_mismatch', confirmed)
  })

  it('raises the expected version by one', () => {
    expect(given(...requested).when(decision({ expectedVersion: 1 })).facts).toMatchObject([
      { previousStatus: 'pending', booking: { version: 2, updatedAt: LATER, createdAt: pending.createdAt } },
    ])
  })
})

describe.each(['payment', 'instant'] as const)('under the policy %s', (policy) => {
  it.each([accept, reject])('the owner cannot decide', (decision) => {
    given(publishedWith(policy), created()).when(decision()).refuses('owner_does_not_decide', pending)
  })
})
