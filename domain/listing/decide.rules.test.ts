import { describe, it } from 'vitest'
import type { Booking } from '../booking.ts'
import type { Command } from '../command.ts'
import type { Listing } from '../listing.ts'
import { given } from '../testing/given.ts'
import {
  accept,
  became,
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
  traveler,
  withdrawn,
} from '../testing/samples.ts'

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

it('changes of the rules keep the bookings as they are', () => {
  given(published(), created())
    .when(change({ cancellationPolicy: 'strict', decisionWindowMs: 1_000 }))
    .gives(changed({ ...stay, cancellationPolicy: 'strict', decisionWindowMs: 1_000 }))
  given(published(), created(), became(rejected)).when(request()).refuses('already_requested', rejected)
})
