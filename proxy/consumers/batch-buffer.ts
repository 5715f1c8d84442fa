import type { Batch, Lease, Message } from '#log/log.ts'
import { messageBytes } from '#log/message-size.ts'

/** Consecutive messages of one partition, and the lease that commits them. */
export interface Delivery {
  messages: Message[]
  lease: Lease
}

/** How much one response holds. `bytes` may be exceeded by one message. */
export interface DeliveryLimit {
  messages: number
  bytes: number
}

/** The room that a response has for messages. Both are called at the moment at which messages are taken. */
export interface Room {
  limit: () => DeliveryLimit
  /** Receives the bytes of the messages that were taken. */
  use: (bytes: number) => void
}

/**
 * Turns the log's push into pull: each pushed batch stays here until a request takes it. So a partition is never more than
 * one batch ahead of its reader.
 */
export class BatchBuffer {
  #batches: BufferedBatch[] = []
  readonly #wakeUps = new Set<() => void>()
  #ended = false

  /** Called by the log's handler; resolves when the whole batch was taken or its lease is over. */
  put({ messages }: Batch, lease: Lease): Promise<void> {
    return new Promise((resolve) => {
      if (lease.signal.aborted) return resolve()
      const remove = (): void => {
        this.#batches = this.#batches.filter((other) => other !== batch)
        batch.emptied()
      }
      const emptied = (): void => {
        lease.signal.removeEventListener('abort', remove)
        resolve()
      }
      const batch: BufferedBatch = { messages, next: 0, lease, emptied }
      this.#batches.push(batch)
      lease.signal.addEventListener('abort', remove, { once: true })
      this.#wake()
    })
  }

  /** Waits only while the buffer is empty. A request whose signal has aborted gets nothing. */
  async take(room: Room, waitMs: number, signal: AbortSignal): Promise<Delivery[]> {
    await this.#arrival(waitMs, signal)
    return signal.aborted || this.#ended ? [] : this.#takeNow(room)
  }

  /** From here on `take` returns nothing and does not wait. */
  end(): void {
    this.#ended = true
    this.#wake()
  }

  #arrival(waitMs: number, signal: AbortSignal): Promise<void> {
    if (this.#batches.length > 0 || signal.aborted || this.#ended || waitMs <= 0) return Promise.resolve()
    return new Promise((resolve) => {
      const wakeUp = (): void => {
        clearTimeout(timer)
        signal.removeEventListener('abort', wakeUp)
        this.#wakeUps.delete(wakeUp)
        resolve()
      }
      const timer = setTimeout(wakeUp, waitMs)
      signal.addEventListener('abort', wakeUp)
      this.#wakeUps.add(wakeUp)
    })
  }

  #wake(): void {
    for (const wakeUp of this.#wakeUps) wakeUp()
  }

  /** Round robin: a partition that was served moves to the end. */
  #takeNow(room: Room): Delivery[] {
    if (this.#batches.length === 0) return []
    const deliveries: Delivery[] = []
    const limit = room.limit()
    const left = { ...limit }
    for (const batch of this.#batches.slice()) {
      if (left.messages === 0 || left.bytes <= 0) break
      deliveries.push({ messages: takeMessages(batch, left), lease: batch.lease })
      this.#batches = this.#batches.filter((other) => other !== batch)
      if (batch.next < batch.messages.length) this.#batches.push(batch)
      else batch.emptied()
    }
    room.use(limit.bytes - left.bytes)
    return deliveries
  }
}

interface BufferedBatch extends Delivery {
  /** Index of the first message not yet taken. */
  next: number
  emptied: () => void
}

/** Takes at least one message, so that one above the byte limit cannot block its partition. */
function takeMessages(batch: BufferedBatch, left: DeliveryLimit): Message[] {
  const first = batch.next
  while (batch.next < batch.messages.length && left.messages > 0 && left.bytes > 0) {
    left.messages--
    left.bytes -= deliveryBytes(batch.messages[batch.next]!)
    batch.next++
  }
  return batch.messages.slice(first, batch.next)
}

/** Roughly the size of a message in a response: the JSON around it takes about 100 bytes. */
export const deliveryBytes = (message: Message): number => messageBytes(message) + 100
