import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { eachOf } from './each-of.ts'

test('eachOf runs the work for each item, with a limit on concurrent work', async () => {
  let [underWay, most] = [0, 0]
  const done: number[] = []
  await eachOf([1, 2, 3, 4, 5, 6, 7], 3, async (n) => {
    most = Math.max(most, ++underWay)
    await pause(n % 3)
    underWay--
    done.push(n)
  })
  expect(done.toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7])
  expect(most).toBe(3)
})

test('eachOf starts no work after an error, and settles when all started work has ended', async () => {
  const slow = Promise.withResolvers<void>()
  const begun: string[] = []
  let isOver = false
  const all = eachOf(['slow', 'bad', 'late'], 2, async (name) => {
    begun.push(name)
    if (name === 'bad') throw new Error('bad')
    await slow.promise
  })
  const over = all.finally(() => (isOver = true))
  const refused = expect(over).rejects.toThrow('bad')
  await new Promise((resolve) => setImmediate(resolve))
  expect(isOver).toBe(false)
  slow.resolve()
  await refused
  expect(begun).toEqual(['slow', 'bad'])
})
