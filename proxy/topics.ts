import type { Log } from '#log/log.ts'
import type { Account } from './accounts/account.ts'
import type { Deed } from './accounts/permissions.ts'
import { badRequest, Problem } from './http/errors.ts'

/** How long what is known of the topics is believed, and how often a log that is gone is looked for. */
const STALE_MS = 5_000

/** Kafka's own, which nobody is to read or write over HTTP. */
const INTERNAL = new Set(['__consumer_offsets', '__transaction_state', '__cluster_metadata', '__share_group_state'])

interface Place {
  topic: string
  partition: number
}

/**
 * Which topics the log has. Known without asking for what is used all the time; what is not known is asked for, by one
 * question at a time, however many want to know.
 */
export class Topics {
  readonly #log: Log
  #counts = new Map<string, number>()
  #askedAt = -Infinity
  #asking: Promise<void> | undefined
  #next: Promise<void> | undefined
  #failure: unknown

  constructor(log: Log) {
    this.#log = log
  }

  /** Every topic with its number of partitions, as the log has them now. */
  async all(): Promise<ReadonlyMap<string, number>> {
    await this.#ask()
    return this.#counts
  }

  /** Rejects when the log was not there when it was last asked, which is never long ago. */
  async checkReachable(): Promise<void> {
    if (performance.now() - this.#askedAt > STALE_MS) await this.#ask()
    if (this.#failure !== undefined) throw this.#failure
  }

  /** Throws, at once, while the log is known to be gone: what is not even tried was surely not written. */
  refuseIfGone(): void {
    if (this.#failure === undefined) return
    this.#ask().catch(() => undefined)
    throw this.#failure
  }

  /** How many partitions a topic has that the account may use: 403 if it may not, 404 if the log has no such topic. */
  async partitions(account: Account, deed: Deed, topic: string): Promise<number> {
    account.require(deed, topic)
    return this.known(topic) ?? (await this.#find(topic))
  }

  /** As {@link partitions}, for what is used all the time, without a wait; `undefined` when the log must be asked. */
  known(topic: string): number | undefined {
    const count = this.#counts.get(topic)
    if (count !== undefined && performance.now() - this.#askedAt > STALE_MS) this.#ask().catch(() => undefined)
    return count
  }

  /** A partition that a topic does not have is a 400. */
  async check(account: Account, deed: Deed, places: readonly Place[]): Promise<void> {
    for (const { topic, partition } of places) {
      const count = await this.partitions(account, deed, topic)
      if (partition >= 0 && (partition < count || partition < (await this.#find(topic)))) continue
      throw badRequest(`${topic} has no partition ${partition}, its last is ${this.#counts.get(topic)! - 1}`)
    }
  }

  async #find(topic: string): Promise<number> {
    await this.#ask()
    const count = this.#counts.get(topic)
    if (count === undefined) throw new Problem(404, `there is no topic ${topic}`)
    return count
  }

  /**
   * What is under way may have begun before a topic was made: whoever asks waits for a question that began later; unless the
   * one before has failed, which would be told twice as late.
   */
  #ask(): Promise<void> {
    if (this.#asking === undefined) return this.#askNow()
    this.#next ??= this.#asking.then(() => this.#askNow()).finally(() => (this.#next = undefined))
    return this.#next
  }

  #askNow(): Promise<void> {
    this.#askedAt = performance.now()
    this.#asking = this.#refresh().finally(() => (this.#asking = undefined))
    return this.#asking
  }

  async #refresh(): Promise<void> {
    try {
      const topics = await this.#log.topics()
      const visible = topics.filter(({ topic }) => !INTERNAL.has(topic))
      this.#counts = new Map(visible.map(({ topic, partitions }) => [topic, partitions]))
      this.#failure = undefined
    } catch (error) {
      this.#failure = error
      throw error
    }
  }
}
