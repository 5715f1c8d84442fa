import { expect, test } from 'vitest'
import { around } from './around.ts'

/** A port with state that only its own methods can reach. */
class Counter {
  #count = 0
  readonly name = 'counter'
  async add(n: number): Promise<number> {
    return (this.#count += n)
  }
  async fail(): Promise<never> {
    throw new Error('no')
  }
}

test('every call goes through the wrapper, with its method and arguments', async () => {
  const calls: unknown[] = []
  const counter = around(new Counter(), (method, call, args) => {
    calls.push([method, ...args])
    return call()
  })
  expect([await counter.add(1), await counter.add(2)]).toEqual([1, 3])
  await expect(counter.fail()).rejects.toThrow('no')
  expect(calls).toEqual([['add', 1], ['add', 2], ['fail']])
  expect(counter.name).toBe('counter')
})

test('the wrapper may change the arguments or the result, or omit the call', async () => {
  const ten = around(new Counter(), (_, call) => call([10]))
  expect(await ten.add(1)).toBe(10)
  const none = around(new Counter(), async () => 0)
  expect(await none.add(1)).toBe(0)
})
