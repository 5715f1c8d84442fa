import { pause } from '#platform/deadline.ts'

interface Wait<T> {
  waitMs: number
  signal: AbortSignal
  /** Result of work whose turn did not come within `waitMs` or before the signal. The work is not started. */
  otherwise: T
}

/** Runs one piece of work at a time, in the order of the calls. */
export class Mutex {
  #last: Promise<unknown> = Promise.resolve()
  #waiting = 0

  async run<T>(work: () => Promise<T>, wait?: Wait<T>): Promise<T> {
    const before = this.#last
    const done = Promise.withResolvers<void>()
    this.#last = before.then(() => done.promise)
    const isFirst = this.#waiting++ === 0
    try {
      if (!isFirst && !(await cameInTime(before, wait))) return wait!.otherwise
      return await work()
    } finally {
      this.#waiting--
      done.resolve()
    }
  }

  /** Resolves when all work that was queued before the call has ended. */
  async settled(): Promise<void> {
    await this.#last
  }
}

async function cameInTime(turn: Promise<unknown>, wait: Wait<unknown> | undefined): Promise<boolean> {
  if (wait === undefined) return turn.then(() => true)
  const { waitMs, signal } = wait
  const waiting = new AbortController()
  const end = (): void => waiting.abort()
  signal.addEventListener('abort', end, { once: true })
  const late = pause(waitMs, waiting.signal).then(() => false)
  const came = await Promise.race([turn.then(() => true), late])
  waiting.abort()
  signal.removeEventListener('abort', end)
  return came
}
