import { describe, expect, it } from 'vitest'
import type { Booking } from '../booking.ts'
import { instantOf } from '../civil.ts'
import { decide } from '../listing/decide.ts'
import { evolve, unpublished } from '../listing/state.ts'
import { event } from '../testing/arbitraries.ts'
import { forAll } from '../testing/for-all.ts'
import {
  accepted,
  became,
  BOOKING_ID,
  bookingEvent,
  confirmed,
  created,
  listingEvent,
  NOW,
  pending,
  published,
  refusedEvent,
  rejected,
  stay,
} from '../testing/samples.ts'
import { timers } from './timers.ts'

const now = Date.parse(NOW)
const HOUR_MS = 3_600_000
const END = pending.holdExpiresAt!

const typesOf = (booking: Booking): string[] =>
  timers(bookingEvent(booking), now).set?.deadlines.map(({ type }) => type) ?? []

describe('the timer of a booking', () => {
  it('reminds the owner when a quarter of the time is left, and ends the hold', () => {
    const { set, clear } = timers(bookingEvent(pending), now)
    expect(clear).toBeNull()
    expect(set).toMatchObject({ id: `${BOOKING_ID}:1`, dueAt: now + 18 * HOUR_MS })
    expect(set!.deadlines).toMatchObject([
      { type: 'RemindOwner', bookingId: BOOKING_ID, listingId: stay.id, at: '2026-11-22T04:00:00.000Z' },
      { type: 'ExpireBooking', bookingId: BOOKING_ID, listingId: stay.id, at: END },
    ])
    for (const { actor } of set!.deadlines) expect(actor).toEqual({ role: 'system', id: 'timer' })
  })

  it('reminds once', () => {
    expect(typesOf({ ...pending, version: 2, remindedAt: NOW })).toEqual(['ExpireBooking'])
  })

  it('ends the hold of an accepted booking that waits for its payment', () => {
    expect(typesOf(accepted)).toEqual(['ExpireBooking'])
  })

  it('completes a confirmed booking, unless it has no end', () => {
    expect(timers(bookingEvent(confirmed), now).set?.deadlines).toMatchObject([
      { type: 'CompleteBooking', at: confirmed.endsAt },
    ])
    expect(typesOf({ ...confirmed, endsAt: null })).toEqual([])
  })

  it('is absent for a booking that has ended', () => {
    expect(timers(bookingEvent(rejected), now)).toEqual({ set: null, clear: `${BOOKING_ID}:1` })
  })

  it('reminds before the hold ends, however short it is', () => {
    for (const ms of [1, 2, 3, 1_000]) {
      const booking = { ...pending, holdExpiresAt: instantOf(now + ms) }
      const [reminder, expiry] = timers(bookingEvent(booking), now).set!.deadlines
      expect(reminder.at < expiry!.at).toBe(true)
    }
  })
})

describe('an event', () => {
  it('clears the timer of the version before', () => {
    expect(timers(bookingEvent(accepted), now).clear).toBe(`${BOOKING_ID}:1`)
    const paid = bookingEvent({ ...rejected, version: 3 }, { previousStatus: 'rejected' })
    expect(timers(paid, now)).toEqual({ set: null, clear: null })
  })

  it('of a listing or a refused command changes nothing', () => {
    for (const other of [listingEvent(), refusedEvent()]) expect(timers(other, now)).toEqual({ set: null, clear: null })
  })

  it('always gives the same deadlines', () => {
    forAll(event, (one) => {
      expect(timers(one, now)).toStrictEqual(timers(structuredClone(one), now))
    })
  })
})

describe('a deadline', () => {
  const [reminder, expiry] = timers(bookingEvent(pending), now).set!.deadlines

  it('has one id in every version of its booking', () => {
    const later = timers(bookingEvent({ ...pending, version: 2 }, { previousStatus: 'pending' }), now).set!
    expect(later.deadlines.map(({ id }) => id)).toEqual([reminder.id, expiry!.id])
    expect(reminder.id).not.toBe(expiry!.id)
  })

  it('is due by its own time', () => {
    const state = [published(), created()].reduce(evolve, unpublished)
    expect(decide(expiry!, state)).toMatchObject([{ type: 'booking.expired' }])
    const [complete] = timers(bookingEvent(confirmed), now).set!.deadlines
    expect(decide(complete, [became(confirmed)].reduce(evolve, state))).toMatchObject([{ type: 'booking.completed' }])
  })

  it('is proposed again a minute later, with another id, if it came too early by the clock of the log', () => {
    const early = (id: string) =>
      refusedEvent({
        reason: 'not_due',
        booking: pending,
        command: { id, type: 'ExpireBooking', partition: 1, offset: 42, events: 1 },
      })
    const late = Date.parse(END) + 5
    const { set, clear } = timers(early(expiry!.id), late)
    expect(clear).toBeNull()
    expect(set).toMatchObject({ dueAt: late + 60_000, deadlines: [{ type: 'ExpireBooking', at: END }] })
    const [again] = set!.deadlines
    const third = timers(early(again.id), late).set!
    expect(new Set([expiry!.id, again.id, third.deadlines[0].id]).size).toBe(3)
    expect(new Set([`${BOOKING_ID}:1`, set!.id, third.id]).size).toBe(3)
    expect(timers(early(again.id), late).set).toStrictEqual(third)
  })

  it('is not proposed again if the booking has changed meanwhile', () => {
    const command = { id: expiry!.id, type: 'ExpireBooking', partition: 1, offset: 42, events: 1 }
    expect(timers(refusedEvent({ reason: 'not_due', booking: confirmed, command }), now).set).toBeNull()
  })
})
