import type { Context } from 'hono'
import { Budget } from '#platform/budget.ts'
import type { ProxyEnv } from '../http/env.ts'
import { overLimit } from '../http/errors.ts'
import { shared } from '../limits.ts'

/** The positions at which requests read or wait. */
export class Reads {
  readonly #budget: Budget

  constructor(limit: number) {
    this.#budget = new Budget(shared(limit))
  }

  get size(): number {
    return this.#budget.used
  }

  /** Throws 429 or 503 before the work begins if there is no room for so many positions. */
  async during<T>(c: Context<ProxyEnv>, positions: number, work: () => Promise<T>): Promise<T> {
    const taken = this.#budget.take(c.get('account').username, positions)
    if ('refused' in taken) throw overLimit(taken.refused, 'reads')
    try {
      return await work()
    } finally {
      taken.release()
    }
  }
}
