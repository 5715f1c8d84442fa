import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Booking } from '../booking.ts'
import { CancellationPolicy, termsOf } from '../cancellation.ts'
import { instantOf } from '../civil.ts'
import { Kind, KINDS } from '../kinds.ts'
import { DECISION_WINDOW_MS, type Listing } from '../listing.ts'
import { forAll } from '../testing/for-all.ts'
import { given } from '../testing/given.ts'
import { created, published, request, stay } from '../testing/samples.ts'

/** The expectations come from a calendar and a clock of their own: month lengths, and a search for the instant of a date. */

const LENGTHS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
const isLeap = (year: number): boolean => year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
const lengthOf = (year: number, month: number): number => (month === 2 && isLeap(year) ? 29 : LENGTHS[month - 1]!)
const written = (year: number, month: number, day: number): string =>
  [String(year), ...[month, day].map((part) => String(part).padStart(2, '0'))].join('-')

function next(date: string): string {
  const [year, month, day] = date.split('-').map(Number) as [number, number, number]
  if (day < lengthOf(year, month)) return written(year, month, day + 1)
  return month < 12 ? written(year, month + 1, 1) : written(year + 1, 1, 1)
}

function before(date: string): string {
  const [year, month, day] = date.split('-').map(Number) as [number, number, number]
  if (day > 1) return written(year, month, day - 1)
  return month > 1 ? written(year, month - 1, lengthOf(year, month - 1)) : written(year - 1, 12, 31)
}

const times = (count: number, step: (date: string) => string, date: string): string =>
  count === 0 ? date : times(count - 1, step, step(date))

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS

const walls = new Map<string, Intl.DateTimeFormat>()
function dateAt(instant: number, timeZone: string): string {
  const wall = walls.get(timeZone) ?? new Intl.DateTimeFormat('sv', { timeZone, dateStyle: 'short' })
  walls.set(timeZone, wall)
  return wall.format(instant)
}

/** The first instant that has the date. Clocks are ahead by quarters of an hour, and change at quarters. */
function firstOf(date: string, timeZone: string): number {
  let instant = Date.parse(date) - 15 * HOUR_MS
  while (dateAt(instant, timeZone) < date) instant += 15 * MINUTE_MS
  return instant
}

/** Clocks change by half an hour, at midnight, or never; some are three quarters of an hour off. */
const timeZone = fc.constantFrom(
  'UTC',
  'Europe/Lisbon',
  'America/New_York',
  'America/Havana',
  'America/Santiago',
  'Atlantic/Azores',
  'Africa/Cairo',
  'Asia/Beirut',
  'Asia/Kolkata',
  'Australia/Lord_Howe',
  'Pacific/Auckland',
  'Pacific/Chatham',
)

/** Leap days, ends of months and years, and the changes of clocks in the zones above. */
const SPECIAL = [
  '2027-02-28',
  '2028-02-29',
  '2027-12-31',
  '2028-04-30',
  '2028-03-12',
  '2028-11-05',
  '2028-03-26',
  '2028-10-29',
  '2028-04-02',
  '2028-09-24',
  '2028-04-28',
  '2028-09-03',
]
const day = fc
  .tuple(fc.constantFrom(...SPECIAL), fc.integer({ min: -3, max: 3 }))
  .map(([date, days]) => times(Math.abs(days), days < 0 ? before : next, date))

interface Case {
  listing: Listing
  checkIn: string
  days: number
  quantity: number
  /** Of the request. */
  at: number
}

/** A request up to sixty days before the check-in; some come after it. */
const cases: fc.Arbitrary<Case> = fc
  .record({
    kind: fc.constantFrom(...Kind.options),
    timeZone,
    checkIn: day,
    nights: fc.oneof(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 365 })),
    quantity: fc.integer({ min: 1, max: 3 }),
    amount: fc.integer({ min: 0, max: 2_000_000_000 }),
    decisionWindowMs: fc.constantFrom(1_000, 24 * HOUR_MS, DECISION_WINDOW_MS.max),
    early: fc.oneof(fc.integer({ min: -48 * 60, max: 48 * 60 }), fc.integer({ min: 0, max: 60 * 24 * 60 })),
  })
  .map(({ kind, timeZone, checkIn, nights, quantity, amount, decisionWindowMs, early }) => ({
    listing: { ...stay, kind, timeZone, capacity: 3, price: { amount, currency: 'EUR' }, decisionWindowMs },
    checkIn,
    days: hasCheckOut(kind) ? nights : 1,
    quantity,
    at: Date.parse(checkIn) - early * MINUTE_MS,
  }))

const hasCheckOut = (kind: Kind): boolean => KINDS[kind].span.hasCheckOut

const checkOutOf = ({ listing, checkIn, days }: Case): string | null =>
  hasCheckOut(listing.kind) ? times(days, next, checkIn) : null

const requested = (some: Case, changes = {}, id = {}) =>
  request(
    { checkIn: some.checkIn, checkOut: checkOutOf(some), quantity: some.quantity, ...changes },
    { at: instantOf(some.at), ...id },
  )

describe('a booking of any kind, on any day, in any time zone', () => {
  it('costs the unit price for each day and unit', () => {
    forAll(cases, (some) => {
      const { listing, days, quantity } = some
      const price = { amount: listing.price.amount * days * quantity, currency: 'EUR' }
      given(published(listing)).when(requested(some, { price })).books({ price, quantity })
    })
  })

  it('holds until the decision window ends, or the day of the check-in begins', () => {
    forAll(cases, (some) => {
      const { listing, checkIn, at } = some
      const start = firstOf(checkIn, listing.timeZone)
      const windowEnd = at + listing.decisionWindowMs
      const holdExpiresAt = instantOf(at < start && start < windowEnd ? start : windowEnd)
      given(published(listing)).when(requested(some)).books({ holdExpiresAt })
    })
  })

  it('ends when the day of the check-out begins, or that after a departure', () => {
    forAll(cases, (some) => {
      const { listing, checkIn, at } = some
      const isPast = at >= firstOf(checkIn, listing.timeZone)
      const end = firstOf(checkOutOf(some) ?? next(checkIn), listing.timeZone)
      given(published(listing))
        .when(requested(some))
        .books({ endsAt: isPast ? null : instantOf(end) })
    })
  })

  it('I2: takes each of its days, and leaves the day of the check-out to another', () => {
    forAll(cases, (some) => {
      const { listing, checkIn, days } = some
      const past = given(published(listing), created(bookingOf({ ...some, quantity: listing.capacity })))
      const last = times(days - 1, next, checkIn)
      for (const taken of [checkIn, last]) past.when(oneUnitOn(taken, some)).fails('dates_unavailable')
      for (const free of [before(checkIn), next(last)]) past.when(oneUnitOn(free, some)).books({ checkIn: free })
    })
  })

  it('needs the notice in civil days of the listing', () => {
    forAll(fc.tuple(cases, fc.integer({ min: 1, max: 40 })), ([some, advanceNoticeDays]) => {
      const listing = { ...some.listing, advanceNoticeDays }
      const soonest = times(advanceNoticeDays, next, dateAt(some.at, listing.timeZone))
      const past = given(published(listing))
      past.when(oneUnitOn(soonest, some)).books({ checkIn: soonest })
      past.when(oneUnitOn(before(soonest), some)).fails('invalid_dates')
    })
  })

  it('has terms of cancellation that end when a day begins', () => {
    forAll(fc.tuple(cases, fc.constantFrom(...CancellationPolicy.options)), ([some, cancellationPolicy]) => {
      const { checkIn, at } = some
      const { timeZone } = some.listing
      const start = (days: number): number => firstOf(times(days, before, checkIn), timeZone)
      const ends: Record<CancellationPolicy, [number, number][]> = {
        flexible: [[start(1), 100]],
        moderate: [[start(5), 100]],
        firm: [
          [start(30), 100],
          [start(7), 50],
        ],
        strict: [
          [Math.min(start(14), at + 48 * HOUR_MS), 100],
          [start(7), 50],
        ],
        'non-refundable': [],
      }
      const terms = ends[cancellationPolicy].map(([until, percent]) => ({ until: instantOf(until), percent }))
      expect(termsOf({ cancellationPolicy, checkIn, timeZone, createdAt: instantOf(at) })).toStrictEqual(terms)
    })
  })

  const bookingOf = (some: Case): Booking => {
    const [fact] = given(published(some.listing)).when(requested(some, {}, { bookingId: 'first' })).facts
    return (fact as { booking: Booking }).booking
  }

  const oneUnitOn = (date: string, { listing, at }: Case) =>
    request(
      { checkIn: date, checkOut: hasCheckOut(listing.kind) ? next(date) : null, quantity: 1 },
      { at: instantOf(at) },
    )
})
