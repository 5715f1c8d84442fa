import { pause } from '#log/pause.ts'

/** One after the other, in the order they came. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve()
  #waiting = 0

  /** @param otherwise the result of work that did not get its turn within `waitMs`, or before the signal; it is not begun */
  async take<T>(work: () => Promise<T>, waitMs = Infinity, signal?: AbortSignal, otherwise?: T): Promise<T> {
    const before = this.#last
    const over = Promise.withResolvers<void>()
    this.#last = before.then(() => over.promise)
    const first = this.#waiting++ === 0
    try {
      if (!first && !(await cameInTime(before, waitMs, signal))) return otherwise as T
      return await work()
    } finally {
      this.#waiting--
      over.resolve()
    }
  }

  /** Resolves when everybody who is here now has had their turn. */
  async settled(): Promise<void> {
    await this.#last
  }
}

async function cameInTime(turn: Promise<unknown>, waitMs: number, signal?: AbortSignal): Promise<boolean> {
  if (waitMs === Infinity) {
    await turn
    return true
  }
  const waiting = new AbortController()
  const inTime = turn.then(() => true)
  const end = (): void => waiting.abort()
  signal?.addEventListener('abort', end, { once: true })
  const late = pause(waitMs, waiting.signal).then(() => false)
  const came = await Promise.race([inTime, late])
  waiting.abort()
  signal?.removeEventListener('abort', end)
  return came
}
