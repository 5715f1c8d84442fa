import type { Batch, Handler, Lease } from '#log/log.ts'
import { isOutage } from './attempts.ts'

/** Successes in a row until a part may be twice as large: more after each time that the larger part has failed. */
const SUCCESSES_TO_GROW = 8
const MAX_SUCCESSES_TO_GROW = 256

/**
 * Hands a batch on in smaller parts while the store or the log is too slow for a whole one. A call that takes longer than its limit
 * would otherwise fail again and again. After an outage a part is at most half as large as the failed one; it doubles again after
 * some successes. Each partition has its own size.
 */
export function inParts(handle: Handler, maxBatch: number): Handler {
  const sizes = new Map<number, PartSize>()
  return async (batch, lease) => {
    const size = sizes.get(batch.partition) ?? new PartSize(maxBatch)
    sizes.set(batch.partition, size)
    for (let done = 0; done < batch.messages.length;) {
      const messages = batch.messages.slice(done, done + size.messages)
      await handlePart(handle, { ...batch, messages }, lease, size)
      done += messages.length
    }
  }
}

async function handlePart(handle: Handler, part: Batch, lease: Lease, size: PartSize): Promise<void> {
  lease.signal.throwIfAborted()
  try {
    await handle(part, lease)
    size.succeeded()
  } catch (error) {
    if (isOutage(error)) size.failed(part.messages.length)
    throw error
  }
}

/** The most messages of the next part. */
class PartSize {
  readonly #max: number
  messages: number
  #successes = 0
  #toGrow = SUCCESSES_TO_GROW
  #hasGrown = false

  constructor(max: number) {
    this.#max = max
    this.messages = max
  }

  succeeded(): void {
    if (this.messages === this.#max || ++this.#successes < this.#toGrow) return
    this.#successes = 0
    this.#hasGrown = true
    this.messages = Math.min(this.#max, this.messages * 2)
    if (this.messages === this.#max) this.#toGrow = SUCCESSES_TO_GROW
  }

  failed(messages: number): void {
    this.#successes = 0
    if (this.#hasGrown) this.#toGrow = Math.min(this.#toGrow * 2, MAX_SUCCESSES_TO_GROW)
    this.#hasGrown = false
    this.messages = Math.max(1, Math.floor(messages / 2))
  }
}
