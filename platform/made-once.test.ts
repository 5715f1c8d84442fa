import { expect, test } from 'vitest'
import { madeOnce } from './made-once.ts'

test('a value is made once and kept', async () => {
  let times = 0
  const value = madeOnce(async () => ++times)
  expect([await value(), await value()]).toEqual([1, 1])
})

test('calls that come meanwhile share the value', async () => {
  let times = 0
  const value = madeOnce(() => Promise.resolve(++times))
  expect(await Promise.all([value(), value(), value()])).toEqual([1, 1, 1])
})

test('a call that never ends does not hold up the others', async () => {
  let times = 0
  const value = madeOnce(() => (++times === 1 ? new Promise<number>(() => {}) : Promise.resolve(times)), 10)
  void value()
  expect([await value(), await value()]).toEqual([2, 2])
})

test('a failure is not kept', async () => {
  let times = 0
  const value = madeOnce(async () => {
    if (++times === 1) throw new Error('not yet')
    return times
  })
  await expect(value()).rejects.toThrow('not yet')
  expect(await value()).toBe(2)
})
