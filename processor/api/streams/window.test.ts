import { expect, test } from 'vitest'
import { Window } from './window.ts'

const KIB = 1024

function filled(count: number, bytes: number): Window<{ offset: number }> {
  const window = new Window<{ offset: number }>(10)
  for (let n = 0; n < count; n++) window.push({ offset: 10 + n }, bytes)
  return window
}

test('a window covers the offsets from its first entry on', () => {
  const window = filled(3, KIB)
  expect([window.first, window.next]).toEqual([10, 13])
  expect(window.from(11)).toEqual([{ offset: 11 }, { offset: 12 }])
  expect(window.from(13)).toEqual([])
})

test('a window moves past offsets without a message', () => {
  const window = filled(1, KIB)
  window.push({ offset: 20 }, KIB)
  expect(window.next).toBe(21)
  expect(window.from(11)).toEqual([{ offset: 20 }])
})

test.each([
  ['500 entries', 2_000, KIB, 500],
  ['1 MiB', 100, 64 * KIB, 16],
  ['less than one entry that is larger', 3, 2 * KIB * KIB, 0],
])('a window holds at most %s', (_, count, bytes, held) => {
  const window = filled(count, bytes)
  expect(window.first).toBe(10 + count - held)
  expect(window.from(window.first)).toHaveLength(held)
})
