import { describe, expect, test } from 'vitest'
import { BOOKING_PROBLEMS } from '#domain/problems.ts'
import { PROBLEMS } from '#platform/problems.ts'
import { isProblemCode, PROBLEM_TYPES } from './problem-types.ts'

describe.each(Object.entries(PROBLEM_TYPES))('the problem type %s', (key, { code, status, title, meaning, remedy }) => {
  test('has the code of its key and the status of an error', () => {
    expect(code).toBe(key)
    expect(code).toMatch(/^[a-z_]+$/)
    expect(status).toBeGreaterThanOrEqual(400)
    expect(status).toBeLessThan(600)
  })

  test('has a title without a period, and a meaning and a remedy of one or two sentences', () => {
    expect(title).toMatch(/^[A-Z].*[^.]$/)
    for (const text of [meaning, remedy]) {
      expect(text).toMatch(/^[A-Z].*\.$/)
      expect(text.split(/\. (?=[A-Z])/).length).toBeLessThanOrEqual(2)
    }
  })
})

test('no code is in both tables', () => {
  expect(Object.keys(PROBLEM_TYPES)).toEqual([...Object.keys(PROBLEMS), ...Object.keys(BOOKING_PROBLEMS)])
})

test.each(['toString', '__proto__', 'constructor', ''])('%j is not a code', (code) => {
  expect(isProblemCode(code)).toBe(false)
})
