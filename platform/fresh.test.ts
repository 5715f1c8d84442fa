import { expect, test } from 'vitest'
import { fresh } from './fresh.ts'

function counted(ms: number) {
  const clock = { now: 0 }
  const asked: PromiseWithResolvers<number>[] = []
  const ask = fresh(
    ms,
    () => {
      asked.push(Promise.withResolvers())
      return asked.at(-1)!.promise
    },
    () => clock.now,
  )
  return { clock, asked, ask }
}

test('an answer is shared while its question is under way, for at most 10 seconds', async () => {
  const { clock, asked, ask } = counted(1_000)
  const answers = [ask(), ask()]
  clock.now = 10_000
  answers.push(ask())
  clock.now = 10_001
  const next = ask()
  asked[1]!.resolve(2)
  asked[0]!.resolve(1)
  expect([await Promise.all(answers), await next, asked.length]).toEqual([[1, 1, 1], 2, 2])
})

test('an answer is shared until it is too old', async () => {
  const { clock, asked, ask } = counted(1_000)
  const first = ask()
  asked[0]!.resolve(1)
  await first
  clock.now = 1_000
  expect(await ask()).toBe(1)
  clock.now = 1_001
  const second = ask()
  asked[1]!.resolve(2)
  expect([await second, asked.length]).toEqual([2, 2])
})

test('an error is shared in the same way, and then asked again', async () => {
  const { clock, asked, ask } = counted(1_000)
  const failed = [ask(), ask()]
  asked[0]!.reject(new Error('away'))
  for (const answer of failed) await expect(answer).rejects.toThrow('away')
  clock.now = 2_000
  const next = ask()
  asked[1]!.resolve(2)
  expect(await next).toBe(2)
})
