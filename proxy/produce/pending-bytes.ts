import type { Context } from 'hono'
import type { ProxyEnv } from '../http/env.ts'
import { busy } from '../http/errors.ts'

/** The bytes of all bodies that were read and not yet answered. */
export class Pending {
  readonly #limitBytes: number
  bytes = 0

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes
  }

  add(c: Context<ProxyEnv>, bytes: number): void {
    if (this.bytes + bytes > this.#limitBytes) throw busy('too many messages are under way')
    this.bytes += bytes
    c.set('pendingBytes', (c.get('pendingBytes') ?? 0) + bytes)
  }

  /** When the request is over, however it ended. */
  release(c: Context<ProxyEnv>): void {
    this.bytes -= c.get('pendingBytes') ?? 0
  }
}
