import { expect, test } from 'vitest'
import { gathered } from './gathered.ts'

function counted(parallel?: number) {
  const runs: (PromiseWithResolvers<string> & { items: readonly number[] })[] = []
  const ask = gathered((items: readonly number[]) => {
    runs.push({ items, ...Promise.withResolvers<string>() })
    return runs.at(-1)!.promise
  }, parallel)
  const items = () => runs.map((run) => run.items)
  return { runs, ask, items }
}

test('calls that come during a run share the next one, which starts after it', async () => {
  const { runs, ask, items } = counted()
  const answers = [ask(1), ask(2), ask(3)]
  expect(items()).toEqual([[1]])
  runs[0]!.resolve('first')
  expect(await answers[0]).toBe('first')
  expect(items()).toEqual([[1], [2, 3]])
  const later = ask(4)
  runs[1]!.resolve('second')
  expect(await Promise.all(answers)).toEqual(['first', 'second', 'second'])
  expect(items()).toEqual([[1], [2, 3], [4]])
  runs[2]!.resolve('third')
  expect(await later).toBe('third')
})

test('at most so many runs are under way', async () => {
  const { runs, ask, items } = counted(2)
  const answers = [ask(1), ask(2), ask(3), ask(4)]
  expect(items()).toEqual([[1], [2]])
  runs[1]!.resolve('second')
  await answers[1]
  expect(items()).toEqual([[1], [2], [3, 4]])
})

test('an error is that of the callers of its run alone', async () => {
  const { runs, ask } = counted()
  const [failed, next] = [ask(1), ask(2)]
  runs[0]!.reject(new Error('away'))
  await expect(failed).rejects.toThrow('away')
  runs[1]!.resolve('back')
  expect(await next).toBe('back')
})
