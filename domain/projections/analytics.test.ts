import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Booking } from '../booking.ts'
import { type Event, isBookingEvent } from '../event.ts'
import { event } from '../testing/arbitraries.ts'
import { forAll } from '../testing/for-all.ts'
import {
  accepted,
  admin,
  bookingEvent,
  cancelled,
  confirmed,
  listingEvent,
  owner,
  pending,
  refusedEvent,
  rejected,
  stay,
  traveler,
} from '../testing/samples.ts'
import { emptyRollup, rollUp, rollupKeysOf, type Rollup, sumRollups } from './analytics.ts'

/** Every roll-up of everything, summed up over all days. */
const fold = (events: readonly Event[]): Rollup =>
  events.reduce((rollup, event) => daysOf(event).reduce((sum, day) => rollUp(sum, event, day), rollup), emptyRollup)

const daysOf = (event: Event): string[] => [...new Set(rollupKeysOf(event).map(({ day }) => day))]

/** The same roll-up, with a separate count of the events for each number. */
function recount(events: readonly Event[]): Rollup {
  const bookings = events.filter((event) => isBookingEvent(event))
  const count = (type: Event['type']) => events.filter((event) => event.type === type).length
  const sold = bookings.filter(({ type }) => type === 'booking.confirmed')
  const returned = bookings.filter(
    (e) => (e.type === 'booking.cancelled' || e.type === 'booking.failed') && e.previousStatus === 'confirmed',
  )
  const sum = (selected: typeof bookings, valueOf: (event: (typeof bookings)[number]) => number) =>
    selected.reduce((total, event) => total + valueOf(event), 0)
  const currencies = [...new Set([...sold, ...returned].map(({ booking }) => booking.price.currency))]
  const inCurrency = (selected: typeof bookings, currency: string, amountOf = ({ price }: Booking) => price.amount) =>
    sum(selected, ({ booking }) => (booking.price.currency === currency ? amountOf(booking) : 0))
  const given = ({ price, payment }: Booking) => payment?.refundDue ?? price.amount
  const decided = bookings.filter(
    (e) =>
      e.previousStatus === 'pending' &&
      ['owner', 'admin'].includes(e.actor.role) &&
      /accepted|confirmed|rejected|cancelled/.test(e.type),
  )
  return {
    requested: count('booking.created'),
    converted: count('booking.confirmed'),
    failed: count('booking.failed'),
    accepted: count('booking.accepted'),
    confirmed: count('booking.confirmed'),
    rejected: count('booking.rejected'),
    cancelled: count('booking.cancelled'),
    expired: count('booking.expired'),
    completed: count('booking.completed'),
    refused: count('command.refused'),
    guests: sum(sold, ({ booking }) => booking.guests) - sum(returned, ({ booking }) => booking.guests),
    decisions: decided.length,
    decisionMs: sum(decided, ({ booking }) =>
      Math.max(0, Date.parse(booking.updatedAt) - Date.parse(booking.createdAt)),
    ),
    revenue: Object.fromEntries(
      currencies.map((currency) => [currency, inCurrency(sold, currency) - inCurrency(returned, currency, given)]),
    ),
  }
}

/** Events with few currencies and small prices, so that sums stay exact. */
const countable = event.map((event): Event => {
  if (!isBookingEvent(event)) return event
  const { booking } = event
  const price = { amount: booking.price.amount % 1_000_000, currency: booking.price.currency < 'M' ? 'EUR' : 'USD' }
  return { ...event, booking: { ...booking, price } }
})
const log = fc.array(countable, { maxLength: 60, size: 'max' })

describe('the fold of the log (I9)', () => {
  it('equals a recount', () => {
    forAll(log, (events) => {
      expect(fold(events)).toStrictEqual(recount(events))
    })
  })

  it('equals the sum of the folds of its parts', () => {
    forAll(fc.tuple(log, log, log), (parts) => {
      expect(sumRollups(parts.map(fold))).toStrictEqual(fold(parts.flat()))
    })
  })

  it('of an empty log is the empty roll-up, which folding never changes', () => {
    expect(sumRollups([])).toStrictEqual(emptyRollup)
    fold([bookingEvent(confirmed), refusedEvent()])
    expect(emptyRollup).toStrictEqual(recount([]))
  })
})

describe('a roll-up', () => {
  it('follows a booking from request to cancellation', () => {
    const life = [
      bookingEvent(pending, { actor: traveler }),
      bookingEvent(confirmed),
      bookingEvent({ ...cancelled, version: 3 }, { actor: traveler, previousStatus: 'confirmed' }),
    ]
    expect(fold(life.slice(0, 2))).toStrictEqual({
      ...emptyRollup,
      requested: 1,
      converted: 1,
      confirmed: 1,
      guests: 2,
      decisions: 1,
      decisionMs: 2 * 60 * 60 * 1000,
      revenue: { EUR: 60_000 },
    })
    expect(fold(life)).toMatchObject({ confirmed: 1, cancelled: 1, guests: 0, revenue: { EUR: 0 } })
  })

  it.each([
    ['the owner accepts', bookingEvent(confirmed), 1],
    ['the owner accepts before payment', bookingEvent(accepted), 1],
    ['an admin rejects', bookingEvent(rejected, { actor: admin }), 1],
    ['the traveler cancels', bookingEvent(cancelled, { actor: traveler }), 0],
    ['payment confirms an accepted booking', bookingEvent(confirmed, { previousStatus: 'accepted' }), 0],
    ['the listing confirms instantly', bookingEvent(confirmed, { actor: traveler }), 0],
  ])('counts decisions by owners and admins only: %s', (_, event, decisions) => {
    expect(fold([event]).decisions).toBe(decisions)
  })

  it('keeps a sum for each currency', () => {
    const dollars = { ...confirmed, price: { amount: 5, currency: 'USD' } }
    expect(fold([bookingEvent(confirmed), bookingEvent(dollars), bookingEvent(dollars)]).revenue).toStrictEqual({
      EUR: 60_000,
      USD: 10,
    })
  })
})

describe('an event counts', () => {
  const day = '2026-11-21'

  it('in the totals of all, its kind, its owner and its listing, on its day', () => {
    expect(rollupKeysOf(bookingEvent(confirmed))).toStrictEqual([
      { dimension: 'all', value: 'all', day },
      { dimension: 'kind', value: 'stay', day },
      { dimension: 'owner', value: owner.id, day },
      { dimension: 'listing', value: stay.id, day },
    ])
  })

  it('when it confirms a booking also on the day of the request, once', () => {
    const late = bookingEvent(confirmed, { at: '2026-11-23T10:00:00.000Z' })
    expect(new Set(rollupKeysOf(late).map(({ day }) => day))).toStrictEqual(new Set(['2026-11-23', '2026-11-21']))
    expect(rollUp(emptyRollup, late, '2026-11-21')).toStrictEqual({ ...emptyRollup, converted: 1 })
    expect(rollUp(emptyRollup, late, '2026-11-23')).toMatchObject({ converted: 0, confirmed: 1 })
    expect(fold([late]).converted).toBe(1)
  })

  it('only in the total of all when it has no booking', () => {
    expect(rollupKeysOf(refusedEvent({ booking: null }))).toStrictEqual([{ dimension: 'all', value: 'all', day }])
  })

  it('in no total when it is about a listing', () => {
    expect(rollupKeysOf(listingEvent())).toStrictEqual([])
    expect(fold([listingEvent()])).toStrictEqual(emptyRollup)
  })
})
