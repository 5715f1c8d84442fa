import { expect, test } from 'vitest'
import { Rate } from './rate.ts'

test('a rate admits each principal so many requests a second, and as many at once', () => {
  let now = 0
  const rate = new Rate(10, () => now)
  const admitted = (principal: string, requests: number): number =>
    Array.from({ length: requests }, () => rate.admits(principal)).filter(Boolean).length
  expect([admitted('a', 15), admitted('b', 15)]).toEqual([10, 10])
  now = 500
  expect(admitted('a', 15)).toBe(5)
  now = 60_000
  expect(admitted('a', 15)).toBe(10)
})

test('a rate forgets the principals that have waited long enough, and no others', () => {
  let now = 0
  const rate = new Rate(1, () => now)
  expect(rate.admits('spent')).toBe(true)
  for (let i = 0; i < 10_001; i++) rate.admits(`p${i}`)
  expect(rate.admits('spent')).toBe(false)
  now = 1_000
  expect(rate.admits('spent')).toBe(true)
  expect(rate.size).toBeLessThan(3)
  now = 1_500
  expect(rate.admits('spent')).toBe(false)
})
