import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BookingRequest } from './booking.ts'
import { CURRENCIES } from './currencies.ts'
import { MAX_DAYS, ListingDraft, MAX_UNIT_PRICE } from './listing.ts'
import { Currency, fromMajor, Money, SentMoney, times, toMajor } from './money.ts'
import { forAll } from './testing/for-all.ts'

describe('money', () => {
  it.each([
    { amount: 0, currency: 'EUR' },
    { amount: Number.MAX_SAFE_INTEGER, currency: 'JPY' },
  ])('accepts $amount $currency', (money) => {
    expect(Money.parse(money)).toStrictEqual(money)
  })

  it.each([
    { amount: 1.5, currency: 'EUR' },
    { amount: -1, currency: 'EUR' },
    { amount: Number.MAX_SAFE_INTEGER + 1, currency: 'EUR' },
    { amount: Number.NaN, currency: 'EUR' },
    { amount: 1, currency: 'eur' },
    { amount: 1, currency: 'EURO' },
    { amount: 1 },
    { amount: 1, currency: 'EUR', exact: true },
  ])('rejects %j', (money) => {
    expect(Money.safeParse(money).success).toBe(false)
  })

  it('is multiplied in minor units', () => {
    expect(times({ amount: 10, currency: 'EUR' }, 3)).toStrictEqual({ amount: 30, currency: 'EUR' })
  })

  it('stays a safe integer at the maximum price, length and quantity', () => {
    const most = BookingRequest.shape.quantity.unwrap().unwrap().maxValue!
    const total = times({ amount: MAX_UNIT_PRICE, currency: 'EUR' }, MAX_DAYS * most)
    expect(Money.parse(total)).toStrictEqual(total)
    const draft = { name: 'Palace', maxGuests: 1, price: { amount: MAX_UNIT_PRICE + 1, currency: 'EUR' } }
    expect(ListingDraft.safeParse(draft).success).toBe(false)
  })
})

describe('a currency', () => {
  it.each(['EUR', 'HUF', 'XAD', 'XCG', 'ZWG'])('%s can be sent', (code) => {
    expect(Currency.parse(code)).toBe(code)
  })

  it.each([
    ['unknown', 'ABC'],
    ['withdrawn', 'DEM'],
    ['withdrawn', 'HRK'],
    ['withdrawn', 'BGN'],
    ['a metal', 'XAU'],
    ['the test code', 'XTS'],
    ['no currency', 'XXX'],
    ['in lower case', 'usd'],
    ['too long', 'EURO'],
  ])('that is %s cannot be sent: %s', (_, currency) => {
    expect(Currency.safeParse(currency).success).toBe(false)
    expect(SentMoney.safeParse({ amount: 1, currency }).success).toBe(false)
  })

  it('that is withdrawn stays readable on the log', () => {
    expect(Money.parse({ amount: 1250, currency: 'DEM' })).toStrictEqual({ amount: 1250, currency: 'DEM' })
    expect(toMajor({ amount: 1250, currency: 'DEM' })).toBe(12.5)
  })

  it('has a code of its own', () => {
    expect(CURRENCIES.size).toBe(165)
    expect([...CURRENCIES.keys()].every((code) => /^[A-Z]{3}$/.test(code))).toBe(true)
  })
})

describe('a price in major units', () => {
  it.each([
    ['EUR', 30_050, 300.5],
    ['JPY', 30_050, 30_050],
    ['KWD', 30_050, 30.05],
    ['USD', 29, 0.29],
    // CLDR has other digits for these.
    ['HUF', 4_500_000, 45_000],
    ['IQD', 45_500, 45.5],
    ['IDR', 150_050, 1_500.5],
    ['CLF', 12_345, 1.2345],
    ['UYW', 12_345, 1.2345],
    ['UYI', 12, 12],
    ['USD', Number.MAX_SAFE_INTEGER, 90_071_992_547_409.91],
    ['JPY', Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
  ])('of %s %i minor units is %d', (currency, amount, value) => {
    expect(toMajor({ amount, currency })).toBe(value)
    expect(fromMajor(value, currency)).toStrictEqual({ amount, currency })
  })

  it.each([
    ['USD', 10.005],
    ['USD', 0.289_999_999_9],
    ['USD', 1e-9],
    ['JPY', 0.5],
    ['IQD', 45.0005],
    ['CLF', 1.234_56],
    ['USD', 90_071_992_547_410],
    ['JPY', 2 ** 53],
    ['USD', 1e300],
    ['USD', -1],
    ['USD', Number.NaN],
    ['USD', Number.POSITIVE_INFINITY],
  ])('is not rounded to another amount of %s: %d', (currency, value) => {
    expect(fromMajor(value, currency)).toBeNull()
  })

  it.each([
    [0.1 + 0.2, 30],
    [1.1 * 3, 330],
    [33.1 * 3, 9_930],
    [4.35 * 100, 43_500],
  ])('may be the result of float arithmetic: %d', (value, amount) => {
    expect(fromMajor(value, 'USD')).toStrictEqual({ amount, currency: 'USD' })
  })

  it('converts back without loss', () => {
    const money = fc.record({
      amount: fc.nat(1_000_000_000_000),
      currency: fc.constantFrom(...CURRENCIES.keys()),
    })
    forAll(money, ({ amount, currency }) => {
      expect(fromMajor(toMajor({ amount, currency }), currency)).toStrictEqual({ amount, currency })
    })
  })
})
