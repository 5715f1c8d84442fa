import { expect, it } from 'vitest'
import { FAILURES } from './event.ts'
import { outcomeOf, reasonOf } from './outcome.ts'

it.each([
  ['confirmed', null, 'The booking is confirmed.'],
  ['rejected', 'The loft is being painted.', 'The booking was rejected: The loft is being painted.'],
  ['rejected', 'Painting (again!)', 'The booking was rejected: Painting (again!)'],
  ['rejected', 'One\nTwo...', 'The booking was rejected: One\nTwo...'],
  ['rejected', 'forbidden', 'The booking was rejected: forbidden.'],
  ['cancelled', null, 'The booking was cancelled.'],
  ['expired', null, 'The booking expired because no decision was made in time.'],
  ['failed', 'dates_unavailable', 'The booking has failed: the dates are not available.'],
] as const)('describes %s with reason %j', (status, reason, sentence) => {
  expect(outcomeOf({ status, reason })).toBe(sentence)
})

it.each(FAILURES)('gives the reason of a failed booking: %s', (reason) => {
  expect(outcomeOf({ status: 'failed', reason })).toMatch(/^The booking has failed: [a-z].+[a-z]\.$/)
})

it.each([
  ['failed', 'dates_unavailable', 'The dates are not available.'],
  ['rejected', 'dates_unavailable', 'The dates are not available.'],
  ['rejected', 'forbidden', 'forbidden'],
  ['failed', 'insufficient_funds', 'The account of the payment has too little money.'],
  ['cancelled', 'Ill', 'Ill'],
  ['pending', null, null],
] as const)('gives people the reason of a booking that is %s: %j', (status, reason, sentence) => {
  expect(reasonOf({ status, reason })).toBe(sentence)
})
