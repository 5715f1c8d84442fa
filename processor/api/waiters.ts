/** Who waits in this process for something the sinks will write. */
export interface Waiters {
  /** @param found what they look for, where that is known: it saves them the look */
  wake: (ids: string[], found?: object) => void
  /**
   * Looks until there is something, at most `waitMs`. A sink of this process wakes those who wait for an id at once; what
   * another process writes is found by looking again every now and then.
   */
  until: <T>(id: string, waitMs: number, look: () => Promise<T | undefined>) => Promise<T | undefined>
}

const LOOK_AGAIN_MS = 100

export function createWaiters(): Waiters {
  const waiting = new Map<string, Set<(found?: object) => void>>()

  /** Asked for before looking, so that what is written between the look and the wait is not missed. */
  function nextWake(id: string, limitMs: number): Promise<object | undefined> {
    return new Promise((resolve) => {
      const resume = (found?: object) => {
        clearTimeout(timer)
        const others = waiting.get(id)
        others?.delete(resume)
        if (others?.size === 0) waiting.delete(id)
        resolve(found)
      }
      const timer = setTimeout(() => resume(), limitMs)
      waiting.set(id, (waiting.get(id) ?? new Set()).add(resume))
    })
  }

  return {
    wake(ids, found) {
      for (const id of ids) for (const resume of waiting.get(id) ?? []) resume(found)
    },
    async until(id, waitMs, look) {
      const deadline = performance.now() + waitMs
      for (;;) {
        const leftMs = deadline - performance.now()
        const woken = leftMs > 0 ? nextWake(id, Math.min(leftMs, LOOK_AGAIN_MS)) : undefined
        const found = await look()
        if (found !== undefined || !woken) return found
        const told = await woken
        if (told !== undefined) return told as typeof found
      }
    },
  }
}
