import type { Context } from 'hono'
import { MAX_SEND } from '#log/log.ts'
import { Budget } from '#platform/budget.ts'
import type { DeliveryLimit, Room } from '../consumers/batch-buffer.ts'
import { type Limits, shared } from '../limits.ts'
import type { ProxyEnv } from './env.ts'
import { overLimit } from './errors.ts'
import { takeFrom } from './take-from.ts'

/** What one response holds at most. */
const RESPONSE_LIMIT: DeliveryLimit = { messages: MAX_SEND, bytes: 4 * 1024 * 1024 }

/** A response below this would be too small to be worth a request. */
const SMALLEST_RESPONSE_BYTES = 64 * 1024

/** Counts the bytes of bodies and responses that are in memory, by account, until the response of their request is sent. */
export class RequestMemory {
  readonly #bodies: Budget
  readonly #responses: Budget

  constructor({ pendingBytes, responseBytes }: Pick<Limits, 'pendingBytes' | 'responseBytes'>) {
    this.#bodies = new Budget(shared(pendingBytes))
    this.#responses = new Budget(shared(responseBytes))
  }

  /** Bytes of all bodies. */
  get bodyBytes(): number {
    return this.#bodies.used
  }

  /** Adds a part of a body. Throws 429 or 503 if there is no room for it. */
  addBody(c: Context<ProxyEnv>, bytes: number): void {
    hold(c, takeFrom(this.#bodies, c.get('account').username, 'request bodies', bytes).release)
  }

  /** Room for the messages of a response. Throws 429 or 503, before a message is taken, if the account has read too few of its others. */
  roomOf(c: Context<ProxyEnv>): Room {
    const { username } = c.get('account')
    return {
      limit: (): DeliveryLimit => {
        const bytes = this.#responses.roomFor(username)
        if (bytes >= SMALLEST_RESPONSE_BYTES) return { ...RESPONSE_LIMIT, bytes: Math.min(bytes, RESPONSE_LIMIT.bytes) }
        throw overLimit(this.#responses.heldBy(username) > 0 ? 'share' : 'total', 'unread responses')
      },
      use: (bytes) => hold(c, this.#responses.charge(username, bytes).release),
    }
  }
}

function hold(c: Context<ProxyEnv>, release: () => void): void {
  const held = c.get('held')
  if (held) held.push(release)
  else c.set('held', [release])
}

/** Releases what a request holds once its response is sent or its client is gone. Called at the end of every request. */
export function releaseWhenSent(c: Context<ProxyEnv>): void {
  const held = c.get('held')
  if (held === undefined) return
  const release = (): void => held.forEach((release) => release())
  const { outgoing } = c.env ?? {}
  if (outgoing === undefined || outgoing.closed) release()
  else outgoing.once('close', release)
}
