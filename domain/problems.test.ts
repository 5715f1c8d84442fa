import { describe, expect, it } from 'vitest'
import { FAILURES, isInternal, REFUSALS } from './event.ts'
import { BOOKING_PROBLEMS, problemOf } from './problems.ts'

describe('the problem of a refused or failed command', () => {
  const reasons = [...REFUSALS, ...FAILURES]
    .filter((reason) => reason !== 'not_yours')
    .filter((reason) => !isInternal(reason))

  it.each(reasons)('has the code %s', (reason) => {
    expect(problemOf(reason, 'booking-1')).toBe(BOOKING_PROBLEMS[reason])
    expect(problemOf(reason, 'booking-1').code).toBe(reason)
  })

  it("reports someone else's booking or listing as unknown", () => {
    expect(problemOf('not_yours', 'booking-1')).toBe(BOOKING_PROBLEMS.unknown_booking)
    expect(problemOf('not_yours', null)).toBe(BOOKING_PROBLEMS.unknown_listing)
  })
})
