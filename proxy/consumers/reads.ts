import type { Context } from 'hono'
import { Budget } from '#platform/budget.ts'
import type { ProxyEnv } from '../http/env.ts'
import { takeFrom } from '../http/take-from.ts'
import { shared } from '../limits.ts'

/** The positions at which requests read or wait. */
export class Reads {
  readonly #budget: Budget

  constructor(limit: number) {
    this.#budget = new Budget(shared(limit))
  }

  /** Throws 429 or 503 before the work begins if there is no room for so many positions. */
  async during<T>(c: Context<ProxyEnv>, positions: number, work: () => Promise<T>): Promise<T> {
    const taken = takeFrom(this.#budget, c.get('account').username, 'reads', positions)
    try {
      return await work()
    } finally {
      taken.release()
    }
  }
}
