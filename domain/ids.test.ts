import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bookingIdOf, commandIdOf, Id, isOwnBookingId } from './ids.ts'
import { forAll } from './testing/for-all.ts'

const UUID = '6d4b0e9c-7a51-5f3e-9c22-0d8f4b7a1e55'

describe('Id', () => {
  it.each(['a', '1', 'listing-123', 'FLIGHT456', '507f1f77bcf86cd799439012', UUID, 'a_b', 'x'.repeat(64)])(
    'accepts %s',
    (id) => {
      expect(Id.safeParse(id).success).toBe(true)
    },
  )

  it.each(['', '-a', '_a', '__proto__', 'a.b', '$set', 'a/b', '../a', 'a b', 'a\n', 'é', 'x'.repeat(65), 1, null])(
    'rejects %j',
    (id) => {
      expect(Id.safeParse(id).success).toBe(false)
    },
  )
})

describe('the id of a command', () => {
  const request = ['tara', 'POST', '/v1/bookings', 'key-1'] as const

  it('is the same for the same request', () => {
    expect(commandIdOf(...request)).toBe('366f1c1f-92b9-5127-ab8d-2aae0229240c')
    expect(bookingIdOf(commandIdOf(...request))).toBe('8edfc25d-bba4-534c-bd7f-2fa71e54766b')
  })

  it.each([0, 1, 2, 3])('changes when part %i changes', (part) => {
    const other = request.map((text, i) => (i === part ? `${text}x` : text)) as unknown as typeof request
    expect(commandIdOf(...other)).not.toBe(commandIdOf(...request))
  })

  it('differs when the same text is split differently', () => {
    const text = fc.string({ unit: fc.constantFrom('a', '"', ',', '\\', '/'), minLength: 1, maxLength: 3 })
    forAll(fc.tuple(text, text, text), ([a, b, c]) => {
      expect(commandIdOf(a + b, c, '', '')).not.toBe(commandIdOf(a, b + c, '', ''))
    })
  })

  it('is a valid id, and the id of its booking is another valid id', () => {
    forAll(fc.string({ unit: 'binary' }), (subject) => {
      const id = commandIdOf(subject, 'POST', '/', '')
      expect(Id.parse(id)).toBe(id)
      expect(Id.parse(bookingIdOf(id))).not.toBe(id)
    })
  })
})

describe('a booking id', () => {
  it('of our edge is recognized, however it is written', () => {
    forAll(fc.string(), (text) => {
      const id = bookingIdOf(text)
      expect([id, id.toUpperCase(), id.replaceAll('-', '')].every(isOwnBookingId)).toBe(true)
    })
  })

  it.each(['BOOK123', '507f1f77bcf86cd799439012', '6d4b0e9c-7a51-4f3e-9c22-0d8f4b7a1e55', '5'.repeat(31)])(
    'of a foreign producer is not taken for one of ours: %s',
    (id) => {
      expect(isOwnBookingId(id)).toBe(false)
    },
  )
})
