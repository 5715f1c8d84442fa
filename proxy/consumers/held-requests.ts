import type { Context } from 'hono'
import { Budget } from '#platform/budget.ts'
import type { ProxyEnv } from '../http/env.ts'
import { takeFrom } from '../http/take-from.ts'
import { shared } from '../limits.ts'

/** The requests that are held open until a message comes: long polls and streams. */
export class HeldRequests {
  readonly #budget: Budget
  readonly #open = new Set<AbortController>()
  #ended = false

  constructor(limit: number) {
    this.#budget = new Budget(shared(limit))
  }

  get size(): number {
    return this.#open.size
  }

  /** Runs a long poll. The signal aborts when the client disconnects or the proxy drains. */
  async hold<T>(c: Context<ProxyEnv>, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const { signal, release } = this.open(c)
    try {
      return await work(signal)
    } finally {
      release()
    }
  }

  /** As {@link hold}, but the caller must release the request. */
  open(c: Context<ProxyEnv>): { signal: AbortSignal; release: () => void } {
    const taken = takeFrom(this.#budget, c.get('account').username, 'waiting requests')
    const held = new AbortController()
    const client = c.req.raw.signal
    const abort = (): void => held.abort()
    if (this.#ended || client.aborted) abort()
    client.addEventListener('abort', abort, { once: true })
    this.#open.add(held)
    const release = (): void => {
      abort()
      client.removeEventListener('abort', abort)
      this.#open.delete(held)
      taken.release()
    }
    return { signal: held.signal, release }
  }

  /** Ends all waits, also those that begin later. */
  end(): void {
    this.#ended = true
    for (const held of this.#open) held.abort()
  }
}
