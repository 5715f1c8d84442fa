import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MAX_DAYS, BookingRequest } from './booking.ts'
import { ListingDraft, MAX_UNIT_PRICE } from './listing.ts'
import { fromMajor, Money, times, toMajor } from './money.ts'
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
    const most = BookingRequest.shape.quantity.unwrap().maxValue!
    const total = times({ amount: MAX_UNIT_PRICE, currency: 'EUR' }, MAX_DAYS * most)
    expect(Money.parse(total)).toStrictEqual(total)
    const draft = { name: 'Palace', maxGuests: 1, price: { amount: MAX_UNIT_PRICE + 1, currency: 'EUR' } }
    expect(ListingDraft.safeParse(draft).success).toBe(false)
  })
})

describe('a price in major units', () => {
  it.each([
    ['EUR', 30_050, 300.5],
    ['JPY', 30_050, 30_050],
    ['KWD', 30_050, 30.05],
    ['USD', 29, 0.29],
  ])('of %s %i minor units is %d', (currency, amount, value) => {
    expect(toMajor({ amount, currency })).toBe(value)
    expect(fromMajor(value, currency)).toStrictEqual({ amount, currency })
  })

  it('is rounded to minor units', () => {
    expect(fromMajor(0.289_999_999_9, 'USD')).toStrictEqual({ amount: 29, currency: 'USD' })
  })

  it('converts back without loss', () => {
    const money = fc.record({
      amount: fc.nat(1_000_000_000_000),
      currency: fc.constantFrom('EUR', 'JPY', 'KWD', 'XYZ'),
    })
    forAll(money, ({ amount, currency }) => {
      expect(fromMajor(toMajor({ amount, currency }), currency)).toStrictEqual({ amount, currency })
    })
  })
})
