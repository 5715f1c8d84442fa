/**
 * Well above the limit of every call (5 s) and of the log's own attempts: what has not settled by then is not late but lost, and
 * whatever made it waits for ever.
 */
const STANDSTILL_MS = 60_000

/** The calls to the log that are past their limit. A log that is away lets none of them stand: it rejects. */
export class Overdue {
  readonly #now: () => number
  readonly #calls = new Set<{ name: string; since: number }>()

  /** @param now milliseconds from any point in time on */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now
  }

  /** Of a call that was due by now. Costs nothing while calls settle in time. */
  add(name: string, work: Promise<unknown>): void {
    const call = { name, since: this.#now() }
    this.#calls.add(call)
    const settled = (): void => void this.#calls.delete(call)
    work.then(settled, settled)
  }

  /** What stands still, in a sentence; `undefined` if nothing does. */
  standing(): string | undefined {
    const lost = [...this.#calls].filter(({ since }) => this.#now() - since > STANDSTILL_MS)
    const [oldest] = lost
    if (oldest === undefined) return undefined
    const seconds = Math.floor((this.#now() - oldest.since) / 1000)
    return `the log's ${oldest.name} has stood still for ${seconds} s (${lost.length} such calls)`
  }
}
