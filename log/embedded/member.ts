import { feed, type Feed } from './feed.ts'
import type { Partition } from './topics.ts'
import { LogError, type Handler, type Lease, type RunOptions } from '../log.ts'
import { settledWithin } from '#platform/deadline.ts'

/** The log as a member of one group sees it. */
export interface BatchSource {
  /** The group's next offset, or -1. */
  committed(partition: Partition): number
  commit(partition: Partition, next: number): Promise<void>
  read: Feed['read']
}

/** One member of a group: its partitions from one assignment to the next, and their handler. */
export class EmbeddedMember {
  readonly options: RunOptions
  readonly #source: BatchSource
  readonly #handle: Handler
  readonly #feeds = new Map<Partition, Promise<void>>()
  #halt = new AbortController()
  #lease = new AbortController()
  #closing = false

  constructor(options: RunOptions, source: BatchSource, handle: Handler) {
    this.options = options
    this.#source = source
    this.#handle = handle
  }

  /** Ends all leases and deliveries of this member. */
  revoke(): void {
    this.#halt.abort()
    this.#lease.abort()
  }

  assign(partitions: readonly Partition[]): void {
    if (this.#closing) return
    this.#halt = new AbortController()
    this.#lease = new AbortController()
    const owned = partitions.map(({ topic, partition }) => ({ topic, partition }))
    const { signal } = this.#lease
    // In a task of its own, so that an error in the callback is an uncaught exception and does not stop the group.
    queueMicrotask(() => this.options.owned?.(owned, signal))
    for (const partition of partitions) this.#feeds.set(partition, this.#feed(partition))
  }

  /** Resolves when no handler of this member runs, or after the limit. */
  async drained(limitMs: number): Promise<void> {
    await settledWithin(limitMs, Promise.all(this.#feeds.values()))
  }

  async stop(graceMs: number): Promise<void> {
    this.#closing = true
    this.#halt.abort()
    if (graceMs > 0) await this.drained(graceMs)
    this.revoke()
  }

  /** Waits for a handler that outlived its lease on this partition: one call at a time holds even then. */
  async #feed(partition: Partition): Promise<void> {
    const { signal: halt } = this.#halt
    const lease = this.#leaseOf(partition)
    const committed = this.#source.committed(partition)
    await this.#feeds.get(partition)
    await feed({ partition, committed, read: this.#source.read, handle: this.#handle, lease, halt })
  }

  #leaseOf(partition: Partition): Lease {
    const { signal } = this.#lease
    const commit = async (offset: number): Promise<void> => {
      if (signal.aborted) throw new LogError('fenced', `the lease of ${nameOf(partition)} has ended`)
      if (!Number.isSafeInteger(offset) || offset < -1) throw new LogError('invalid', `${offset} is not an offset`)
      await this.#source.commit(partition, offset + 1)
    }
    return { signal, commit }
  }
}

const nameOf = ({ topic, partition }: Partition): string => `${topic}/${partition}`
