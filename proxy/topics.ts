import type { Log } from '#log/log.ts'
import type { Account } from './accounts/account.ts'
import type { Operation } from './accounts/permissions.ts'
import { badRequest, HttpError } from './http/errors.ts'

/** Age at which the known topics are refreshed, and interval between attempts to reach a log that is unreachable. */
const STALE_MS = 5_000

/** Kafka's internal topics, which clients may neither read nor write. */
const INTERNAL = new Set(['__consumer_offsets', '__transaction_state', '__cluster_metadata', '__share_group_state'])

interface TopicPartition {
  topic: string
  partition: number
}

/**
 * The topics of the log with their numbers of partitions, and whether the log is reachable. A known topic costs no request to
 * the log. Concurrent callers share one request.
 */
export class Topics {
  readonly #log: Log
  #counts = new Map<string, number>()
  #askedAt = -Infinity
  #refreshing: Promise<void> | undefined
  #next: Promise<void> | undefined
  #failure: unknown

  constructor(log: Log) {
    this.#log = log
  }

  /** Every topic with its number of partitions, read from the log now. */
  async all(): Promise<ReadonlyMap<string, number>> {
    await this.#refresh()
    return this.#counts
  }

  /** Rejects if the log is unreachable; the answer is at most {@link STALE_MS} old. */
  async checkReachable(): Promise<void> {
    if (performance.now() - this.#askedAt > STALE_MS) await this.#refresh()
    if (this.#failure !== undefined) throw this.#failure
  }

  /** Throws at once while the log is known to be unreachable: a message that is not sent is certainly not written. */
  rejectIfUnreachable(): void {
    if (this.#failure === undefined) return
    this.#refresh().catch(() => undefined)
    throw this.#failure
  }

  /** The number of partitions. Rejects with 403 if the account may not use the topic, with 404 if it does not exist. */
  async partitions(account: Account, operation: Operation, topic: string): Promise<number> {
    account.require(operation, topic)
    return this.known(topic) ?? (await this.#find(topic))
  }

  /** The known number of partitions, without a wait; `undefined` if the log must be asked. */
  known(topic: string): number | undefined {
    const count = this.#counts.get(topic)
    if (count !== undefined && performance.now() - this.#askedAt > STALE_MS) this.#refresh().catch(() => undefined)
    return count
  }

  /** As {@link partitions} for each topic; a partition that does not exist is a 400. */
  async check(account: Account, operation: Operation, partitions: readonly TopicPartition[]): Promise<void> {
    for (const { topic, partition } of partitions) {
      const count = await this.partitions(account, operation, topic)
      if (partition >= 0 && (partition < count || partition < (await this.#find(topic)))) continue
      throw badRequest(`${topic} has no partition ${partition}; its last is ${this.#counts.get(topic)! - 1}`)
    }
  }

  async #find(topic: string): Promise<number> {
    await this.#refresh()
    const count = this.#counts.get(topic)
    if (count === undefined) throw new HttpError(404, `topic ${topic} does not exist`)
    return count
  }

  /** A running request may have started before a topic was created, so callers share the next one; after a failure none starts. */
  #refresh(): Promise<void> {
    if (this.#refreshing === undefined) return this.#startRefresh()
    this.#next ??= this.#refreshing.then(() => this.#startRefresh()).finally(() => (this.#next = undefined))
    return this.#next
  }

  #startRefresh(): Promise<void> {
    this.#askedAt = performance.now()
    this.#refreshing = this.#read().finally(() => (this.#refreshing = undefined))
    return this.#refreshing
  }

  async #read(): Promise<void> {
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
