import type { Context } from 'hono'
import { busy } from '../http/errors.ts'

/** Every request that is held open until a message comes. */
export class Waits {
  readonly #limit: number
  readonly #open = new Set<AbortController>()
  #ended = false

  constructor(limit: number) {
    this.#limit = limit
  }

  get size(): number {
    return this.#open.size
  }

  /** The signal aborts when the client has gone or everybody is to go. */
  async hold<T>(c: Context, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const { signal, leave } = this.enter(c)
    try {
      return await work(signal)
    } finally {
      leave()
    }
  }

  /** As {@link hold}, for whoever says by itself when it is over. */
  enter(c: Context): { signal: AbortSignal; leave: () => void } {
    if (this.#open.size >= this.#limit) throw busy(`${this.#limit} requests are waiting for messages already`)
    const wait = new AbortController()
    const client = c.req.raw.signal
    const abort = (): void => wait.abort()
    if (this.#ended || client.aborted) abort()
    client.addEventListener('abort', abort, { once: true })
    this.#open.add(wait)
    const leave = (): void => {
      abort()
      client.removeEventListener('abort', abort)
      this.#open.delete(wait)
    }
    return { signal: wait.signal, leave }
  }

  /** From here on nobody waits. */
  end(): void {
    this.#ended = true
    for (const wait of this.#open) wait.abort()
  }
}
