import type { Log, Owned, Position } from '#log/log.ts'
import { pause } from '#log/pause.ts'
import type { Positions } from './progress.ts'
import { Problem } from '../http/errors.ts'
import type { Starts } from './start-offsets.ts'

/** How long a commit waits for a partition that is still being assigned. */
const JOIN_WAIT_MS = 10_000

/** What is to be known of whoever commits. */
export interface Committer {
  readonly options: { log: Log; group: string; name: string; topics: readonly string[] }
  readonly owned: readonly Owned[]
  readonly closed: boolean
}

/**
 * The rights of an instance to commit, waited for. A lease comes with the first message of an assignment; while the group is
 * still joining there is none yet, and where there is no message to come there will be none.
 */
export class Leases {
  readonly #instance: Committer
  readonly #positions: Positions
  readonly #starts: Promise<Starts>
  #change = new AbortController()

  constructor(instance: Committer, positions: Positions, starts: Promise<Starts>) {
    this.#instance = instance
    this.#positions = positions
    this.#starts = starts
  }

  /** There is another assignment, or a lease, or the end. */
  changed(): void {
    this.#change.abort()
    this.#change = new AbortController()
  }

  /** @returns whether there is a lease; else the position is committed as it is */
  async wait(position: Position): Promise<boolean> {
    const { topic, partition } = position
    const until = performance.now() + JOIN_WAIT_MS
    while (this.#positions.lease(topic, partition) === undefined) {
      if (this.#instance.closed || this.#isElsewhere(topic, partition)) {
        throw new Problem(409, `${topic}/${partition} is not with instance ${this.#instance.options.name}`)
      }
      const change = this.#change.signal
      if (this.#instance.owned.length > 0 && (await this.#isCommitted(position))) return false
      const leftMs = until - performance.now()
      if (leftMs <= 0) throw new Problem(503, `no message of ${topic}/${partition} came yet`, { 'Retry-After': '1' })
      await pause(leftMs, change)
    }
    return true
  }

  /** Also tells whether there is anything to wait for. */
  async #isCommitted({ topic, partition, offset }: Position): Promise<boolean> {
    const { log, group, name } = this.#instance.options
    const [committed, bounds] = await Promise.all([log.committed(group, topic), log.bounds(topic)])
    const next = committed[partition]!
    if (next === offset) return true
    const { first, end } = bounds[partition]!
    const begin = next === -1 ? ((await this.#starts).get(topic)?.[partition] ?? first) : next
    if (begin < end) return false
    throw new Problem(
      409,
      `instance ${name} was handed no message of ${topic}/${partition}: there is nothing to commit`,
    )
  }

  /** Known once there is an assignment; none at all may mean that it is still under way. */
  #isElsewhere(topic: string, partition: number): boolean {
    const { options, owned } = this.#instance
    if (!options.topics.includes(topic)) return true
    return owned.length > 0 && !owned.some((own) => own.topic === topic && own.partition === partition)
  }
}
