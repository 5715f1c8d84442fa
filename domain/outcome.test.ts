import { expect, it } from 'vitest'
import { FAILURES } from './event.ts'
import { outcomeOf } from './outcome.ts'

it.each([
  ['confirmed', null, 'The booking is confirmed.'],
  ['rejected', 'The loft is being painted.', 'The booking was rejected: The loft is being painted.'],
  ['rejected', 'forbidden', 'The booking was rejected: forbidden.'],
  ['cancelled', null, 'The booking was cancelled.'],
  ['expired', null, 'The booking expired because no decision was made in time.'],
  ['failed', 'dates_unavailable', 'The booking has failed: the dates are not available (dates_unavailable).'],
] as const)('describes %s with reason %j', (status, reason, sentence) => {
  expect(outcomeOf({ status, reason })).toBe(sentence)
})

it.each(FAILURES)('gives the reason of a failed booking: %s', (reason) => {
  expect(outcomeOf({ status: 'failed', reason })).toMatch(new RegExp(`^The booking has failed: .+ \\(${reason}\\)\\.$`))
})
