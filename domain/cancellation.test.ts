import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { partOf, percentAt } from './cancellation.ts'
import { MAX_DAYS, MAX_UNIT_PRICE } from './listing.ts'
import { forAll } from './testing/for-all.ts'

it.each([
  [1, 50, 1],
  [251, 50, 126],
  [199, 50, 100],
  [60_000, 50, 30_000],
  [60_000, 0, 0],
])('a part of %i at %i %% is %i: half a unit goes to the traveler', (amount, percent, part) => {
  expect(partOf(amount, percent)).toBe(part)
})

it('a part is exact for every price', () => {
  const amount = fc.integer({ min: 0, max: MAX_UNIT_PRICE * MAX_DAYS * 10_000 })
  forAll(fc.tuple(amount, fc.integer({ min: 0, max: 100 })), ([amount, percent]) => {
    expect(partOf(amount, percent)).toBe(Number((BigInt(amount) * BigInt(percent) + 50n) / 100n))
  })
})

it('a term ends just before its instant', () => {
  const terms = [
    { until: '2026-11-01T00:00:00.000Z', percent: 100 },
    { until: '2026-11-24T00:00:00.000Z', percent: 50 },
  ]
  const at = [
    '2026-10-31T23:59:59.999Z',
    '2026-11-01T00:00:00.000Z',
    '2026-11-23T23:59:59.999Z',
    '2026-11-24T00:00:00.000Z',
  ]
  expect(at.map((instant) => percentAt(terms, instant))).toStrictEqual([100, 50, 50, 0])
})
