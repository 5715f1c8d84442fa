/** Deadlines, pauses and retries. */

/**
 * Settles like the work, or rejects with `late()` after `ms` or when the signal aborts. Late work goes on; its result and its
 * errors are dropped.
 */
export function within<T>(ms: number, work: Promise<T>, late: () => Error, signal?: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const end = (): void => reject(late())
    const timer = setTimeout(end, Math.max(0, ms))
    signal?.addEventListener('abort', end)
    work.then(resolve, reject).finally(() => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', end)
    })
  })
}

/** Resolves when the work has settled, or after `ms`. Its errors are dropped. */
export const settledWithin = async (ms: number, work: Promise<unknown>): Promise<void> => {
  await within(ms, work, () => new Error('late')).catch(() => undefined)
}

/** Resolves after `ms`, or earlier when the signal aborts. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve()
    const end = (): void => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, ms)
    signal?.addEventListener('abort', end)
  })
}

/** Pauses that double from `firstMs` up to `mostMs`, and start again after a success. */
export class BackOff {
  readonly #firstMs: number
  readonly #mostMs: number
  #nextMs: number

  constructor(firstMs: number, mostMs: number) {
    this.#firstMs = firstMs
    this.#mostMs = mostMs
    this.#nextMs = firstMs
  }

  /** How long the next pause is. */
  get nextMs(): number {
    return this.#nextMs
  }

  async pause(signal?: AbortSignal): Promise<void> {
    const ms = this.#nextMs
    this.#nextMs = Math.min(ms * 2, this.#mostMs)
    await pause(ms, signal)
  }

  reset(): void {
    this.#nextMs = this.#firstMs
  }
}

export interface Retries {
  /** The pause after a failed attempt; attempts are counted from 0. `undefined` ends the retries. */
  pauseMs: (attempt: number) => number | undefined
  /** No attempt begins later than this after the first. */
  limitMs?: number
  /** Whether another attempt may succeed where this error ended one. */
  isTransient: (error: unknown) => boolean
  /** Ends the retries. */
  signal?: AbortSignal
  /** Called before each pause. */
  onRetry?: (error: unknown, attempt: number) => void
}

/** Repeats the work until it succeeds. Rejects with the last error when the retries end. */
export async function retry<T>(work: () => Promise<T>, retries: Retries): Promise<T> {
  const { pauseMs, limitMs = Infinity, isTransient, signal, onRetry } = retries
  const deadline = performance.now() + limitMs
  for (let attempt = 0; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      const ms = pauseMs(attempt)
      const isOver = ms === undefined || performance.now() + ms >= deadline || signal?.aborted
      if (isOver || !isTransient(error)) throw error
      onRetry?.(error, attempt)
      await pause(ms, signal)
    }
  }
}
