import type { Lease, Position } from '#log/log.ts'
import type { Taken } from './batch-buffer.ts'
import { Problem } from '../http/errors.ts'

/** How far an instance was handed each partition, and how far it has committed, as long as its leases last. */
export class Positions {
  readonly #places = new Map<string, Place>()
  #lost = false

  /** Remembers the lease of a partition, by which it can be committed until the next assignment. */
  hold(topic: string, partition: number, lease: Lease): void {
    const name = nameOf(topic, partition)
    if (this.#places.get(name)?.lease === lease) return
    const place = { lease, next: NOTHING, committed: NOTHING, settled: NOTHING }
    this.#places.set(name, place)
    lease.signal.addEventListener('abort', () => this.#forget(name, place), { once: true })
  }

  lease(topic: string, partition: number): Lease | undefined {
    return this.#places.get(nameOf(topic, partition))?.lease
  }

  advance({ messages }: Taken): void {
    const { topic, partition, offset } = messages.at(-1)!
    const place = this.#places.get(nameOf(topic, partition))
    if (place !== undefined) place.next = offset + 1
  }

  /**
   * Commits everything handed out, wherever a commit has put the group meanwhile; then says so, once, if a rebalance took some of
   * it before.
   */
  async commit(): Promise<void> {
    await this.#commitWhere(({ next, committed }) => next !== NOTHING && next !== committed)
    if (!this.#lost) return
    this.#lost = false
    throw new Problem(409, 'a rebalance took partitions before they were committed: their messages come again')
  }

  /** Commits what was handed out since the last commit of any kind: what was put elsewhere on purpose stays there. */
  commitNew(): Promise<void> {
    return this.#commitWhere(isNew)
  }

  /** Commits exactly what is given; the caller has seen to the lease. */
  async commitAt({ topic, partition, offset }: Position): Promise<void> {
    const place = this.#places.get(nameOf(topic, partition))
    if (place === undefined) throw new Problem(409, `a rebalance took ${nameOf(topic, partition)}`)
    await place.lease.commit(offset - 1)
    place.committed = offset
    place.settled = place.next
  }

  async #commitWhere(isWanted: (place: Place) => boolean): Promise<void> {
    await Promise.all([...this.#places.values()].filter(isWanted).map(commitPlace))
  }

  #forget(name: string, place: Place): void {
    if (isNew(place)) this.#lost = true
    if (this.#places.get(name) === place) this.#places.delete(name)
  }
}

interface Place {
  lease: Lease
  /** Behind the last message handed out. */
  next: number
  committed: number
  /** What `next` was at the last commit. */
  settled: number
}

const NOTHING = -1

const isNew = ({ next, settled }: Place): boolean => next !== settled

async function commitPlace(place: Place): Promise<void> {
  const { next } = place
  await place.lease.commit(next - 1)
  place.committed = next
  place.settled = next
}

const nameOf = (topic: string, partition: number): string => `${topic}/${partition}`
