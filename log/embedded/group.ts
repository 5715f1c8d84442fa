import type { EmbeddedMember } from './member.ts'
import type { Partition } from './topics.ts'

/** How long a rebalance waits for running handlers before it assigns their partitions to other members. */
const DRAIN_MS = 2000

/**
 * A consumer group. When a member joins or leaves, every lease ends. After the running handlers have ended, the partitions are
 * assigned again, and each member continues from the committed offsets.
 */
export class EmbeddedGroup {
  readonly #members = new Set<EmbeddedMember>()
  readonly #partitions: (topic: string) => readonly Partition[]
  readonly #settle: () => void
  #rebalanced = Promise.resolve()
  #stale = false

  /** `settle` completes the commits in progress, so that the next owner starts after them. */
  constructor(partitions: (topic: string) => readonly Partition[], settle: () => void) {
    this.#partitions = partitions
    this.#settle = settle
  }

  /** Resolves when the latest rebalance has ended. */
  get rebalanced(): Promise<void> {
    return this.#rebalanced
  }

  get size(): number {
    return this.#members.size
  }

  join(member: EmbeddedMember): Promise<void> {
    this.#members.add(member)
    return this.#rebalance()
  }

  /** Does not wait for the rebalance of the others. */
  leave(member: EmbeddedMember): void {
    if (this.#members.delete(member)) void this.#rebalance()
  }

  /** One at a time. Rebalances that wait become one, because only the members present at its end count. */
  #rebalance(): Promise<void> {
    this.#stale = true
    this.#rebalanced = this.#dealAfter(this.#rebalanced)
    return this.#rebalanced
  }

  async #dealAfter(last: Promise<void>): Promise<void> {
    await last
    if (!this.#stale) return
    await this.#revoke()
    this.#stale = false
    this.#settle()
    const shares = share([...this.#members], this.#partitions)
    for (const [member, partitions] of shares) member.assign(partitions)
  }

  async #revoke(): Promise<void> {
    const members = [...this.#members]
    for (const member of members) member.revoke()
    await Promise.all(members.map((member) => member.drained(DRAIN_MS)))
  }
}

/** Assigns partitions round robin among the members that read their topic, continuing from topic to topic. */
export function share<M extends { options: { topics: readonly string[] } }, P>(
  members: readonly M[],
  partitionsOf: (topic: string) => readonly P[],
): Map<M, P[]> {
  const shares = new Map<M, P[]>(members.map((member) => [member, []]))
  const topics = new Set(members.flatMap(({ options }) => options.topics))
  let turn = 0
  for (const topic of [...topics].sort()) {
    const wanting = members.filter(({ options }) => options.topics.includes(topic))
    for (const partition of partitionsOf(topic)) shares.get(wanting[turn++ % wanting.length]!)!.push(partition)
  }
  return shares
}
