import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Budget, type Refused, type Taken } from './budget.ts'

const isTaken = (result: Taken | Refused): result is Taken => 'release' in result

describe('a budget', () => {
  test('refuses a principal above its share, and again takes what it has released', () => {
    const budget = new Budget({ total: 100, share: 10 })
    const first = budget.take('a', 6) as Taken
    expect(budget.take('a', 5)).toEqual({ refused: 'share' })
    expect(isTaken(budget.take('b', 5))).toBe(true)
    first.release()
    first.release()
    expect([budget.used, budget.heldBy('a')]).toEqual([5, 0])
    expect(isTaken(budget.take('a', 5))).toBe(true)
  })

  test('refuses an amount above the share of a principal that holds nothing', () => {
    expect(new Budget({ total: 100, share: 10 }).take('a', 11)).toEqual({ refused: 'share' })
  })

  test('leaves a newcomer as much as the greediest principal holds', () => {
    const budget = new Budget({ total: 100, share: 100 })
    while (isTaken(budget.take('greedy')));
    expect(budget.heldBy('greedy')).toBe(50)
    expect(budget.take('greedy')).toEqual({ refused: 'share' })
    expect(isTaken(budget.take('newcomer', 50))).toBe(true)
    expect(budget.take('third')).toEqual({ refused: 'total' })
  })

  test('never gives more than its total or a share, and counts exactly what is held', () => {
    const step = fc.record({ principal: fc.constantFrom('a', 'b', 'c', 'd'), amount: fc.integer({ min: 1, max: 9 }) })
    fc.assert(
      fc.property(fc.array(fc.oneof(step, fc.nat(30)), { maxLength: 100 }), (steps) => {
        const budget = new Budget({ total: 40, share: 15 })
        const held: { principal: string; amount: number; release: () => void }[] = []
        for (const step of steps) {
          if (typeof step === 'number') held.splice(step % Math.max(1, held.length), 1)[0]?.release()
          else {
            const result = budget.take(step.principal, step.amount)
            if (isTaken(result)) held.push({ ...step, ...result })
          }
          const sum = (of: typeof held): number => of.reduce((total, { amount }) => total + amount, 0)
          expect(budget.used).toBe(sum(held))
          expect(budget.used).toBeLessThanOrEqual(40)
          for (const name of ['a', 'b', 'c', 'd']) {
            expect(budget.heldBy(name)).toBe(sum(held.filter(({ principal }) => principal === name)))
            expect(budget.heldBy(name)).toBeLessThanOrEqual(15)
          }
        }
      }),
    )
  })
})
