import { expect, it } from 'vitest'
import { fromStripe, toStripe } from './amounts.ts'

it.each([
  ['USD', 45_000, 45_000],
  ['JPY', 500, 500],
  ['KWD', 1_230, 1_230],
  ['ISK', 500, 50_000],
  ['UGX', 500, 50_000],
  ['MGA', 500, 5],
])('%s: %i minor units are %i units of Stripe, and back', (currency, amount, units) => {
  expect(toStripe({ amount, currency })).toBe(units)
  expect(fromStripe(units, currency.toLowerCase())).toBe(amount)
})

it('has no part of a unit', () => {
  expect(toStripe({ amount: 501, currency: 'MGA' })).toBeUndefined()
})
