import { setTimeout as pause } from 'node:timers/promises'

const AGAIN_MS = 1_000

export interface Patience {
  limitMs: number
  /** Ends the waiting, with the last error. */
  signal: AbortSignal
  /** Whether an error may pass by itself. */
  passes: (error: unknown) => boolean
  /** Told once, when there is something to wait for. */
  waits: (error: unknown) => void
}

/**
 * Does it until it works. Servers that are started together come up in any order, so one that is away is waited for, but not
 * for ever: a process that has ended is seen by whoever runs it.
 */
export async function patiently<T>(work: () => Promise<T>, { limitMs, signal, passes, waits }: Patience): Promise<T> {
  const deadline = performance.now() + limitMs
  for (let isFirst = true; ; isFirst = false) {
    try {
      return await work()
    } catch (error) {
      if (!passes(error) || signal.aborted || performance.now() > deadline) throw error
      if (isFirst) waits(error)
      await pause(AGAIN_MS, undefined, { signal }).catch(() => {})
    }
  }
}
