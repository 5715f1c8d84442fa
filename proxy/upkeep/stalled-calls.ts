/** Well above the limit of every call and of the log's own retries: a call that is still open then never returns. */
const STALLED_MS = 60_000

/** Calls to the log that are past their limit. An unreachable log rejects its calls, so they do not count for long. */
export class StalledCalls {
  readonly #now: () => number
  readonly #calls = new Set<{ name: string; since: number }>()

  /** @param now monotonic clock in milliseconds */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now
  }

  /** Adds a call that has exceeded its limit. It counts until it settles. */
  add(name: string, work: Promise<unknown>): void {
    const call = { name, since: this.#now() }
    this.#calls.add(call)
    const settled = (): void => void this.#calls.delete(call)
    work.then(settled, settled)
  }

  /** Describes the oldest stalled call; `undefined` if there is none. */
  describe(): string | undefined {
    const stalled = [...this.#calls].filter(({ since }) => this.#now() - since > STALLED_MS)
    const [oldest] = stalled
    if (oldest === undefined) return undefined
    const seconds = Math.floor((this.#now() - oldest.since) / 1000)
    return `the log has not answered ${oldest.name} for ${seconds} s (stalled calls: ${stalled.length})`
  }
}
