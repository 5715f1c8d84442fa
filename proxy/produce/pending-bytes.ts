import type { Context } from 'hono'
import type { ProxyEnv } from '../http/env.ts'
import { unavailable } from '../http/errors.ts'

/** Counts the bytes of all request bodies whose response has not been sent, and limits them. */
export class PendingBytes {
  readonly #limitBytes: number
  total = 0

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes
  }

  add(c: Context<ProxyEnv>, bytes: number): void {
    if (this.total + bytes > this.#limitBytes) throw unavailable('too many bytes are being processed; retry later')
    this.total += bytes
    c.set('pendingBytes', (c.get('pendingBytes') ?? 0) + bytes)
  }

  /** Must be called at the end of every request, successful or not. */
  release(c: Context<ProxyEnv>): void {
    this.total -= c.get('pendingBytes') ?? 0
  }
}
