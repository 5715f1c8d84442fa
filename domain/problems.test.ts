import { describe, expect, it } from 'vitest'
import { FAILURES, REFUSALS } from './event.ts'
import { codeOf, isProblemCode, problem, PROBLEMS } from './problems.ts'

describe('a problem', () => {
  it('is a document with its code, status and title, and with what mends it', () => {
    expect(problem('dates_unavailable', { detail: 'Somebody was faster', bookingId: 'booking-1' })).toStrictEqual({
      type: '/problems/dates_unavailable',
      title: 'The dates are not available',
      status: 409,
      code: 'dates_unavailable',
      mend: expect.stringContaining('/availability'),
      detail: 'Somebody was faster',
      bookingId: 'booking-1',
    })
  })

  it.each(Object.entries(PROBLEMS))(
    'has a plain code, a status of an error and a title: %s',
    (code, [status, title]) => {
      expect(code).toMatch(/^[a-z_]+$/)
      expect(status).toBeGreaterThanOrEqual(400)
      expect(status).toBeLessThan(600)
      expect(title).toMatch(/^[A-Z].*[^.]$/)
    },
  )

  it.each(['toString', '__proto__', 'constructor', ''])('has no code %j', (code) => {
    expect(isProblemCode(code)).toBe(false)
  })
})

describe('the reason of a refusal or failure', () => {
  it.each([...REFUSALS, ...FAILURES].filter((reason) => reason !== 'not_yours'))(
    'has the code of its name: %s',
    (reason) => {
      expect(isProblemCode(reason)).toBe(true)
      expect(codeOf(reason, 'booking-1')).toBe(reason)
    },
  )

  it("makes someone else's booking or listing look as if there were none", () => {
    expect(codeOf('not_yours', 'booking-1')).toBe(codeOf('unknown_booking', 'booking-1'))
    expect(codeOf('not_yours', null)).toBe(codeOf('unknown_listing', null))
  })
})
