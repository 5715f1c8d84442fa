import { describe, expect, test } from 'vitest'
import { BackOff, pause, retry, type Retries, settledWithin, within } from './deadline.ts'

const never = new Promise<never>(() => {})
const late = () => new Error('late')

describe('within', () => {
  test('settles like the work', async () => {
    expect(await within(10_000, Promise.resolve(1), late)).toBe(1)
    await expect(within(10_000, Promise.reject(new Error('no')), late)).rejects.toThrow('no')
  })

  test('rejects when the limit has passed', async () => {
    await expect(within(1, never, late)).rejects.toThrow('late')
    await expect(within(-1, never, late)).rejects.toThrow('late')
  })
})

test('settledWithin resolves for work that succeeds, fails or never ends', async () => {
  await settledWithin(10_000, Promise.resolve(1))
  await settledWithin(10_000, Promise.reject(new Error('no')))
  await settledWithin(1, never)
})

test('a pause ends early when its signal aborts, before or during the pause', async () => {
  const end = new AbortController()
  const paused = pause(600_000, end.signal)
  end.abort()
  await paused
  await pause(600_000, end.signal)
})

test('a back-off doubles up to its limit, and starts again after a reset', async () => {
  const backOff = new BackOff(1, 3)
  const pauses = []
  for (let i = 0; i < 3; i++) {
    pauses.push(backOff.nextMs)
    await backOff.pause()
  }
  backOff.reset()
  expect([...pauses, backOff.nextMs]).toEqual([1, 2, 3, 1])
})

describe('retry', () => {
  const away = new Error('away')
  const wrong = new Error('wrong')

  /** The result or error, the number of attempts, and the errors before each pause. */
  async function outcomeOf(work: (attempt: number) => Promise<string>, changes: Partial<Retries> = {}) {
    let attempts = 0
    const retried: unknown[] = []
    const outcome = await retry(() => work(++attempts), {
      pauseMs: () => 1,
      isTransient: (error) => error === away,
      onRetry: (error) => retried.push(error),
      ...changes,
    }).catch((error: unknown) => error)
    return { outcome, attempts, retried }
  }

  test('repeats the work until it succeeds', async () => {
    const thirdTime = (attempt: number) => (attempt < 3 ? Promise.reject(away) : Promise.resolve('done'))
    expect(await outcomeOf(thirdTime)).toEqual({ outcome: 'done', attempts: 3, retried: [away, away] })
  })

  test('begins no attempt after the limit', async () => {
    const changes = { limitMs: 500, pauseMs: (attempt: number) => [1, 1_000][attempt] }
    expect(await outcomeOf(() => Promise.reject(away), changes)).toEqual({
      outcome: away,
      attempts: 2,
      retried: [away],
    })
  })

  test('ends when there is no further pause', async () => {
    const changes = { pauseMs: (attempt: number) => [1][attempt] }
    expect(await outcomeOf(() => Promise.reject(away), changes)).toMatchObject({ outcome: away, attempts: 2 })
  })

  test('does not repeat work that failed for good', async () => {
    expect(await outcomeOf(() => Promise.reject(wrong))).toEqual({ outcome: wrong, attempts: 1, retried: [] })
  })

  test('ends when its signal aborts', async () => {
    const end = new AbortController()
    const work = (attempt: number) => {
      if (attempt === 2) end.abort()
      return Promise.reject(away)
    }
    expect(await outcomeOf(work, { signal: end.signal })).toMatchObject({ outcome: away, attempts: 2 })
  })
})
