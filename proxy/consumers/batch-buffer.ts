import type { Batch, Lease, Message } from '#log/log.ts'

/** Messages of one partition that were taken, and the lease under which they are to be committed. */
export interface Taken {
  messages: Message[]
  lease: Lease
}

/** How much one answer bears: so many messages, and not many more bytes. */
export interface Room {
  messages: number
  bytes: number
}

/**
 * Pull above push: the log pushes batches, each of which waits here until somebody takes it. So no partition is ever more
 * than one batch ahead of its reader.
 */
export class Offers {
  #offers: Offer[] = []
  readonly #waiting = new Set<() => void>()
  #ended = false

  /** The log's handler: resolves when the whole batch was taken, or its lease is over. */
  offer({ messages }: Batch, lease: Lease): Promise<void> {
    return new Promise((resolve) => {
      if (lease.signal.aborted) return resolve()
      const withdraw = (): void => this.#withdraw(offer)
      const taken = (): void => {
        lease.signal.removeEventListener('abort', withdraw)
        resolve()
      }
      const offer: Offer = { messages, next: 0, lease, taken }
      this.#offers.push(offer)
      lease.signal.addEventListener('abort', withdraw, { once: true })
      this.#wake()
    })
  }

  /** Waits only while there is nothing; whoever is no longer waiting when something comes gets nothing. */
  async take(room: Room, waitMs: number, signal: AbortSignal): Promise<Taken[]> {
    await this.arrival(waitMs, signal)
    return signal.aborted || this.#ended ? [] : this.#takeNow(room)
  }

  /** Resolves when there is something to take, or there will be nothing. */
  arrival(waitMs: number, signal: AbortSignal): Promise<void> {
    if (this.#offers.length > 0 || signal.aborted || this.#ended || waitMs <= 0) return Promise.resolve()
    return new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer)
        signal.removeEventListener('abort', end)
        this.#waiting.delete(end)
        resolve()
      }
      const timer = setTimeout(end, waitMs)
      signal.addEventListener('abort', end)
      this.#waiting.add(end)
    })
  }

  /** From here on there is nothing to take, and nobody waits. */
  end(): void {
    this.#ended = true
    this.#wake()
  }

  #wake(): void {
    for (const end of this.#waiting) end()
  }

  /** From each partition in turn; the one that was served goes behind the others. */
  #takeNow(room: Room): Taken[] {
    const taken: Taken[] = []
    const left = { ...room }
    for (const offer of this.#offers.slice()) {
      if (left.messages === 0 || left.bytes <= 0) break
      taken.push({ messages: takeFrom(offer, left), lease: offer.lease })
      this.#offers = this.#offers.filter((other) => other !== offer)
      if (offer.next < offer.messages.length) this.#offers.push(offer)
      else offer.taken()
    }
    return taken
  }

  #withdraw(offer: Offer): void {
    this.#offers = this.#offers.filter((other) => other !== offer)
    offer.taken()
  }
}

interface Offer extends Taken {
  /** The first that nobody has taken yet. */
  next: number
  taken: () => void
}

/** At least one, lest a message that is larger than all the room be stuck for ever. */
function takeFrom(offer: Offer, left: Room): Message[] {
  const first = offer.next
  while (offer.next < offer.messages.length && left.messages > 0 && left.bytes > 0) {
    left.messages--
    left.bytes -= sizeOf(offer.messages[offer.next]!)
    offer.next++
  }
  return offer.messages.slice(first, offer.next)
}

export function sizeOf({ key, value, headers }: Message): number {
  const own = (key?.length ?? 0) + (value?.length ?? 0) + PER_MESSAGE
  return headers.reduce((size, [name, { length }]) => size + name.length + length, own)
}

/** What the JSON around a message takes, roughly. */
const PER_MESSAGE = 100
