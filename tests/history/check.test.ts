import { beforeAll, expect, test } from 'vitest'
import { check } from './check.ts'
import { goodWorld } from './good-world.ts'
import { MUTANTS } from './mutants.ts'
import type { World } from './world.ts'

let good: World

beforeAll(async () => {
  good = await goodWorld()
}, 60_000)

test('a correct run has no violations', () => {
  expect(check(good)).toEqual([])
})

test.each(MUTANTS.map((mutant) => [mutant.invariant, mutant.name, mutant] as const))(
  '%s is violated when %s',
  (invariant, _name, { damage }) => {
    const damaged = structuredClone(good)
    damage(damaged)
    expect(check(damaged)).toContainEqual(expect.stringMatching(new RegExp(`^${invariant} `)))
  },
)

test('I1 to I11 each have a mutant', () => {
  const numbers = Array.from({ length: 11 }, (_, n) => `I${n + 1}`)
  expect([...new Set(MUTANTS.map(({ invariant }) => invariant))]).toEqual(numbers)
})
