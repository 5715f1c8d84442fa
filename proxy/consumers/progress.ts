import type { Lease, Position } from '#log/log.ts'
import { HttpError } from '../http/errors.ts'
import type { Delivery } from './batch-buffer.ts'

/** What an instance was handed of each partition, and what it has committed, while its leases last. */
export class ConsumedOffsets {
  readonly #partitions = new Map<string, PartitionProgress>()
  #lost = false

  /** Remembers the lease that commits a partition until the next assignment. */
  hold(topic: string, partition: number, lease: Lease): void {
    const name = nameOf(topic, partition)
    if (this.#partitions.get(name)?.lease === lease) return
    const progress = { lease, next: NONE, committed: NONE, nextAtCommit: NONE }
    this.#partitions.set(name, progress)
    lease.signal.addEventListener('abort', () => this.#release(name, progress), { once: true })
  }

  lease(topic: string, partition: number): Lease | undefined {
    return this.#partitions.get(nameOf(topic, partition))?.lease
  }

  /** Marks messages as handed out, unless their lease is over. */
  advance({ messages, lease }: Delivery): void {
    const { topic, partition, offset } = messages.at(-1)!
    const progress = this.#partitions.get(nameOf(topic, partition))
    if (progress?.lease === lease) progress.next = offset + 1
  }

  /**
   * Commits everything handed out, wherever an explicit commit has moved the group. Rejects with 409, once, if a rebalance
   * has taken uncommitted messages.
   */
  async commit(): Promise<void> {
    await this.#commitWhere(({ next, committed }) => next !== NONE && next !== committed)
    if (!this.#lost) return
    this.#lost = false
    throw new HttpError(409, 'a rebalance took partitions before they were committed; their messages are redelivered')
  }

  /** Commits what was handed out since the last commit of any kind; keeps an offset that was set explicitly. */
  commitNew(): Promise<void> {
    return this.#commitWhere(hasNew)
  }

  /** Commits exactly the given offset. The caller has waited for the lease. */
  async commitAt({ topic, partition, offset }: Position): Promise<void> {
    const progress = this.#partitions.get(nameOf(topic, partition))
    if (progress === undefined) throw new HttpError(409, `a rebalance took ${nameOf(topic, partition)}`)
    await progress.lease.commit(offset - 1)
    progress.committed = offset
    progress.nextAtCommit = progress.next
  }

  async #commitWhere(isWanted: (progress: PartitionProgress) => boolean): Promise<void> {
    await Promise.all([...this.#partitions.values()].filter(isWanted).map(commitNext))
  }

  #release(name: string, progress: PartitionProgress): void {
    if (hasNew(progress)) this.#lost = true
    if (this.#partitions.get(name) === progress) this.#partitions.delete(name)
  }
}

interface PartitionProgress {
  lease: Lease
  /** Offset after the last message handed out. */
  next: number
  committed: number
  /** What `next` was at the last commit. */
  nextAtCommit: number
}

const NONE = -1

const hasNew = ({ next, nextAtCommit }: PartitionProgress): boolean => next !== nextAtCommit

async function commitNext(progress: PartitionProgress): Promise<void> {
  const { next } = progress
  await progress.lease.commit(next - 1)
  progress.committed = next
  progress.nextAtCommit = next
}

const nameOf = (topic: string, partition: number): string => `${topic}/${partition}`
