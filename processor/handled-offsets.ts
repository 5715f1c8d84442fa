import type { Lease, Message } from '#log/log.ts'

/** How far the partition of each lease is handled. After a failed commit, the repeated batch does not repeat the work before it. */
export class HandledOffsets {
  readonly #last = new WeakMap<Lease, number>()

  /** The messages that are not handled yet. */
  remaining(messages: readonly Message[], lease: Lease): Message[] {
    const last = this.#lastOf(lease)
    return messages.filter(({ offset }) => offset > last)
  }

  /** Call it when everything up to `offset` is handled and its dead letters are in the log. Never commits a lower offset again. */
  async commit(offset: number, lease: Lease): Promise<void> {
    const last = Math.max(offset, this.#lastOf(lease))
    this.#last.set(lease, last)
    await lease.commit(last)
  }

  #lastOf(lease: Lease): number {
    return this.#last.get(lease) ?? -1
  }
}
