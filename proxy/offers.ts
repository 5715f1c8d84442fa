import type { Batch, Lease, Message } from '#log/log.ts'
import { pause } from '#log/pause.ts'

/** Messages of one partition that were taken, and the lease under which they are to be committed. */
export interface Taken {
  messages: Message[]
  lease: Lease
}

/**
 * Pull above push: the log pushes batches, each of which waits here until somebody takes it. So no partition is ever more
 * than one batch ahead of its reader.
 */
export class Offers {
  #offers: Offer[] = []
  #arrival = new AbortController()

  /** The log's handler: resolves when the whole batch was taken, or its lease is over. */
  offer({ messages }: Batch, lease: Lease): Promise<void> {
    return new Promise((resolve) => {
      if (lease.signal.aborted) return resolve()
      const offer = { messages: [...messages], lease, taken: resolve }
      this.#offers.push(offer)
      lease.signal.addEventListener('abort', () => this.#withdraw(offer), { once: true })
      this.#arrival.abort()
    })
  }

  /** At most `max` messages; waits only while there are none. */
  async take(max: number, waitMs: number, signal: AbortSignal): Promise<Taken[]> {
    if (this.#offers.length === 0) {
      this.#arrival = new AbortController()
      await pause(waitMs, AbortSignal.any([this.#arrival.signal, signal]))
    }
    return this.#takeNow(max)
  }

  #takeNow(max: number): Taken[] {
    const taken: Taken[] = []
    let room = max
    for (const offer of this.#offers.slice()) {
      if (room === 0) break
      const messages = offer.messages.splice(0, room)
      room -= messages.length
      taken.push({ messages, lease: offer.lease })
      if (offer.messages.length === 0) this.#withdraw(offer)
    }
    return taken
  }

  #withdraw(offer: Offer): void {
    this.#offers = this.#offers.filter((other) => other !== offer)
    offer.taken()
  }
}

interface Offer extends Taken {
  taken: () => void
}
