import { expect, test } from 'vitest'
import { patiently } from './patience.ts'

const away = new Error('away')
const wrong = new Error('wrong')

/** What came of it, how often it was tried, and what was waited for. */
async function outcomeOf(work: (attempt: number) => Promise<string>, limitMs: number, signal?: AbortSignal) {
  let tries = 0
  const waited: unknown[] = []
  const outcome = await patiently(() => work(++tries), {
    limitMs,
    signal: signal ?? new AbortController().signal,
    passes: (error) => error === away,
    waits: (error) => waited.push(error),
  }).catch((error: unknown) => error)
  return { outcome, tries, waited }
}

const thirdTime = (attempt: number): Promise<string> => (attempt < 3 ? Promise.reject(away) : Promise.resolve('done'))

test('what passes by itself is tried until it works, and told of once', async () => {
  expect(await outcomeOf(thirdTime, 10_000)).toEqual({ outcome: 'done', tries: 3, waited: [away] })
})

test('it does not go on for ever', async () => {
  expect(await outcomeOf(() => Promise.reject(away), 500)).toEqual({ outcome: away, tries: 2, waited: [away] })
})

test('what does not pass by itself is not tried again', async () => {
  expect(await outcomeOf(() => Promise.reject(wrong), 10_000)).toEqual({ outcome: wrong, tries: 1, waited: [] })
})

test('whoever is told to end waits no longer', async () => {
  const end = new AbortController()
  const work = () => {
    setTimeout(() => end.abort())
    return Promise.reject(away)
  }
  expect(await outcomeOf(work, 10_000, end.signal)).toMatchObject({ outcome: away, tries: 2 })
})
