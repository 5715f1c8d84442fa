import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { addDays, CivilDate, daysBetween, daysOf, instantOf, startOfDay, TimeZone } from './civil.ts'
import { forAll } from './testing/for-all.ts'

const someDay = fc.integer({ min: -700_000, max: 2_900_000 }).map((days) => addDays('1970-01-01', days))

describe('CivilDate', () => {
  it.each(['2026-12-01', '2024-02-29', '0001-01-01', '9999-12-31'])('accepts %s', (date) => {
    expect(CivilDate.safeParse(date).success).toBe(true)
  })

  it.each(['2026-02-29', '2026-13-01', '2026-12-32', '2026-1-1', '26-12-01', '2026-12-01T00:00:00Z', ''])(
    'rejects %j',
    (date) => {
      expect(CivilDate.safeParse(date).success).toBe(false)
    },
  )
})

describe('date arithmetic', () => {
  it.each([
    ['2026-12-31', 1, '2027-01-01'],
    ['2024-02-28', 1, '2024-02-29'],
    ['2026-03-01', -1, '2026-02-28'],
    ['2026-03-28', 2, '2026-03-30'],
  ])('adds to %s %i days: %s', (date, days, then) => {
    expect(addDays(date, days)).toBe(then)
    expect(daysBetween(date, then)).toBe(days)
  })

  it('daysBetween inverts addDays', () => {
    forAll(fc.tuple(someDay, fc.integer({ min: -1_000, max: 1_000 })), ([date, days]) => {
      expect(daysBetween(date, addDays(date, days))).toBe(days)
      expect(CivilDate.parse(addDays(date, days))).toBe(addDays(date, days))
    })
  })

  it('a span has every day but the day of check-out', () => {
    const span = { checkIn: '2026-02-27', checkOut: '2026-03-02' }
    expect(daysOf(span)).toStrictEqual(['2026-02-27', '2026-02-28', '2026-03-01'])
  })

  it('a departure has one day', () => {
    expect(daysOf({ checkIn: '2026-12-01', checkOut: null })).toStrictEqual(['2026-12-01'])
  })

  it.each(['2026-12-01', '2026-11-30'])('a span that ends on %s has no days', (checkOut) => {
    expect(daysOf({ checkIn: '2026-12-01', checkOut })).toStrictEqual([])
  })

  it('two adjacent spans have the days of the whole', () => {
    const length = fc.nat(40)
    forAll(fc.tuple(someDay, length, length), ([checkIn, one, other]) => {
      const [middle, checkOut] = [addDays(checkIn, one), addDays(checkIn, one + other)]
      expect([...daysOf({ checkIn, checkOut: middle }), ...daysOf({ checkIn: middle, checkOut })]).toStrictEqual(
        daysOf({ checkIn, checkOut }),
      )
    })
  })
})

describe('a day begins', () => {
  it.each([
    ['before the clocks go forward', 'Europe/Lisbon', '2026-03-29', '2026-03-29T00:00:00.000Z'],
    ['after the clocks went forward', 'Europe/Lisbon', '2026-03-30', '2026-03-29T23:00:00.000Z'],
    ['before the clocks go back', 'Europe/Lisbon', '2026-10-25', '2026-10-24T23:00:00.000Z'],
    ['after the clocks went back', 'Europe/Lisbon', '2026-10-26', '2026-10-26T00:00:00.000Z'],
    ['before the clocks go forward', 'America/New_York', '2026-03-08', '2026-03-08T05:00:00.000Z'],
    ['after the clocks went forward', 'America/New_York', '2026-03-09', '2026-03-09T04:00:00.000Z'],
    ['before the clocks go back', 'America/New_York', '2026-11-01', '2026-11-01T04:00:00.000Z'],
    ['after the clocks went back', 'America/New_York', '2026-11-02', '2026-11-02T05:00:00.000Z'],
    ['before the clocks go forward', 'Pacific/Auckland', '2026-09-27', '2026-09-26T12:00:00.000Z'],
    ['before the clocks go back', 'Pacific/Auckland', '2026-04-05', '2026-04-04T11:00:00.000Z'],
    ['half an hour off', 'Asia/Kolkata', '2026-12-01', '2026-11-30T18:30:00.000Z'],
    ['three quarters of an hour off', 'Asia/Kathmandu', '2026-12-01', '2026-11-30T18:15:00.000Z'],
    ['first in the world', 'Pacific/Kiritimati', '2026-12-01', '2026-11-30T10:00:00.000Z'],
    ['at one o’clock where midnight is skipped', 'Atlantic/Azores', '2026-03-29', '2026-03-29T01:00:00.000Z'],
    ['at one o’clock where midnight is skipped', 'America/Havana', '2026-03-08', '2026-03-08T05:00:00.000Z'],
    ['at one o’clock where midnight is skipped', 'Asia/Beirut', '2026-03-29', '2026-03-28T22:00:00.000Z'],
    ['at the first of two midnights', 'Atlantic/Azores', '2026-10-25', '2026-10-25T00:00:00.000Z'],
    ['at the first of two midnights', 'Asia/Amman', '2021-10-29', '2021-10-28T21:00:00.000Z'],
    ['at noon in London, a day that the zone skipped', 'Pacific/Apia', '2011-12-30', '2011-12-30T10:00:00.000Z'],
    ['by local solar time before time zones existed', 'Europe/Lisbon', '0001-01-01', '0001-01-01T00:36:45.000Z'],
  ])('%s, in %s on %s', (_, timeZone, date, instant) => {
    expect(instantOf(startOfDay(date, timeZone))).toBe(instant)
  })

  it('starts at the first instant that has its date, in every time zone', () => {
    const date = fc.integer({ min: 0, max: 3_650 }).map((days) => addDays('2020-01-01', days))
    const timeZone = fc.constantFrom(...Intl.supportedValuesOf('timeZone'))
    const holds = ([date, timeZone]: [string, string]): void => {
      const wall = new Intl.DateTimeFormat('sv', { timeZone, dateStyle: 'short' })
      const start = startOfDay(date, timeZone)
      expect([wall.format(start), wall.format(start - 1)]).toStrictEqual([date, addDays(date, -1)])
    }
    forAll(fc.tuple(date, timeZone), holds, 2_000)
  })
})

describe('TimeZone', () => {
  it.each(['UTC', 'Europe/Lisbon', 'Asia/Kolkata', 'Etc/GMT+12', 'America/Argentina/Buenos_Aires'])(
    'accepts %s',
    (zone) => {
      expect(TimeZone.safeParse(zone).success).toBe(true)
    },
  )

  it.each(['', 'Lisbon', 'Europe/Atlantis', 'UTC\n', '+23:59', '-01:00', '+01', '\u221201:00', 'UTC+1'])(
    'rejects %j',
    (zone) => {
      expect(TimeZone.safeParse(zone).success).toBe(false)
    },
  )
})
