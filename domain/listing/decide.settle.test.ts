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

const offered = (confirmationPolicy: ConfirmationPolicy) => published({ ...stay, confirmationPolicy })
const asked = [published(), created()]
const failed: Booking = { ...pending, status: 'failed', reason: 'dates_unavailable', holdExpiresAt: null }
const impostor = { ...traveler, id: owner.id }
const namesake = { ...owner, id: traveler.id }

describe('accepting', () => {
  it.each([owner, admin, system])('by $role confirms the booking', (actor) => {
    given(...asked)
      .when(accept({ actor }))
      .gives(became(confirmed))
  })

  it('leaves the payment outstanding, and the hold as it is, where owner and payment decide', () => {
    given(offered('owner+payment'), created()).when(accept()).gives(became(accepted))
  })

  it.each([otherOwner, traveler, otherTraveler, impostor, namesake])('by $role $id is refused', (actor) => {
    given(...asked)
      .when(accept({ actor }))
      .refuses('not_yours', pending)
  })

  it('works for a listing withdrawn meanwhile', () => {
    given(...asked, withdrawn())
      .when(accept())
      .gives(became(confirmed))
  })
})

describe('rejecting', () => {
  it.each([owner, admin, system])('by $role says why', (actor) => {
    const reason = 'The roof leaks'
    given(...asked)
      .when(reject({ actor, reason }))
      .gives(became({ ...rejected, reason }))
  })

  it.each([otherOwner, traveler, otherTraveler, impostor, namesake])('by $role $id is refused', (actor) => {
    given(...asked)
      .when(reject({ actor }))
      .refuses('not_yours', pending)
  })

  it('works where owner and payment decide', () => {
    given(offered('owner+payment'), created()).when(reject()).gives(became(rejected))
  })
})

describe('cancelling', () => {
  const statuses = [pending, accepted, confirmed]

  describe.each(statuses)('a $status booking', (booking) => {
    const past = [published(), created(), ...(booking === pending ? [] : [became(booking)])]
    const ended = { ...cancelled, version: booking.version + 1, reason: 'Ill' }

    it.each([traveler, owner, admin, system])('by $role frees it, with a reason', (actor) => {
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

  it.each(['payment', 'instant'] as const)('is free to the owner where %s decides', (policy) => {
    given(offered(policy), created())
      .when(cancel({ actor: owner }))
      .gives(became(cancelled))
  })

  it('frees the nights', () => {
    const again = request({}, { bookingId: 'another-booking' })
    given(...asked)
      .when(again)
      .fails('dates_unavailable')
    given(...asked, became(cancelled))
      .when(again)
      .books({ id: 'another-booking' })
  })
})

describe('the second decision', () => {
  const winners = [confirmed, rejected, cancelled, accepted]

  describe.each(winners)('on a booking that is $status', (winner) => {
    it.each([accept, reject])('loses, and names the winner', (decision) => {
      given(...asked, became(winner))
        .when(decision())
        .refuses('booking_already_decided', winner)
    })
  })

  it.each([rejected, cancelled])('loses when it cancels what is $status', (winner) => {
    given(...asked, became(winner))
      .when(cancel())
      .refuses('booking_already_decided', winner)
  })

  it.each([accept, reject, cancel])('loses on a booking that failed', (decision) => {
    given(published(), became(failed, null)).when(decision()).refuses('booking_already_decided', failed)
  })

  it.each([accept, reject, cancel])('loses on an archived booking', (decision) => {
    given(published()).archived(rejected).when(decision()).refuses('booking_already_decided', rejected)
  })

  it('is not even heard from a stranger', () => {
    given(...asked, became(rejected))
      .when(accept({ actor: otherOwner }))
      .refuses('not_yours', rejected)
  })
})

describe.each([accept, reject, cancel])('a decision', (decision) => {
  it('about a booking that nobody requested is refused', () => {
    given(published()).when(decision()).refuses('unknown_booking', null, BOOKING_ID)
    given().when(decision()).refuses('unknown_booking', null, BOOKING_ID)
  })

  it('on another version than expected is refused', () => {
    given(...asked)
      .when(decision({ expectedVersion: 2 }))
      .refuses('version_mismatch', pending)
    given(...asked, became(confirmed))
      .when(decision({ expectedVersion: 1 }))
      .refuses('version_mismatch', confirmed)
  })

  it('on the expected version raises it by one, once', () => {
    expect(given(...asked).when(decision({ expectedVersion: 1 })).facts).toMatchObject([
      { previousStatus: 'pending', booking: { version: 2, updatedAt: LATER, createdAt: pending.createdAt } },
    ])
  })
})

describe.each(['payment', 'instant'] as const)('where %s decides', (policy) => {
  it.each([accept, reject])('the owner does not', (decision) => {
    given(offered(policy), created()).when(decision()).refuses('owner_does_not_decide', pending)
  })
})
