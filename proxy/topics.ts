import { type Log, LogError } from '#log/log.ts'
import type { Account } from './accounts/account.ts'
import type { Operation } from './accounts/permissions.ts'
import { badRequest } from './http/errors.ts'

/** How long a probe of the log counts, successful or not. */
const PROBE_MS = 5_000

/** Kafka's internal topics, which clients may neither read nor write. */
const INTERNAL = new Set(['__consumer_offsets', '__transaction_state', '__cluster_metadata', '__share_group_state'])

interface TopicPartition {
  topic: string
  partition: number
}

/** The topics that clients may use, and whether the log is reachable. The log itself remembers the topics. */
export class TopicAvailability {
  readonly #log: Log
  #probedAt = -Infinity
  #failure: unknown
  #isProbing = false
  /** Resolves when the latest probe has ended. */
  #probe: Promise<void> = Promise.resolve()

  constructor(log: Log) {
    this.#log = log
  }

  /** Every topic with its number of partitions, read from the log now. */
  all(): Promise<Map<string, number>> {
    this.#probedAt = performance.now()
    const read = this.#read()
    const ended = (): void => undefined
    this.#probe = read.then(ended, ended)
    return read
  }

  async #read(): Promise<Map<string, number>> {
    try {
      const topics = await this.#log.topics()
      this.#failure = undefined
      const visible = topics.filter(({ topic }) => !INTERNAL.has(topic))
      return new Map(visible.map(({ topic, partitions }) => [topic, partitions]))
    } catch (error) {
      this.#failure = error
      throw error
    }
  }

  /** Rejects if the log is unreachable; the answer is at most {@link PROBE_MS} old. */
  async checkReachable(): Promise<void> {
    if (performance.now() - this.#probedAt > PROBE_MS) await this.all()
    await this.#probe
    if (this.#failure !== undefined) throw this.#failure
  }

  /** Throws at once while the log is known to be unreachable: a message that is not sent is certainly not written. */
  rejectIfUnreachable(): void {
    if (this.#failure === undefined && performance.now() - this.#probedAt < PROBE_MS) return
    this.#probeOnce()
    if (this.#failure !== undefined) throw this.#failure
  }

  /** The number of partitions. Rejects with 403 if the account may not use the topic, with 404 if it does not exist. */
  async partitions(account: Account, operation: Operation, topic: string): Promise<number> {
    account.require(operation, topic)
    if (INTERNAL.has(topic)) throw new LogError('not_found', `topic ${topic} does not exist`)
    return this.#log.partitions(topic)
  }

  /** As {@link partitions} for each topic; a partition that does not exist is a 400. */
  async check(account: Account, operation: Operation, partitions: readonly TopicPartition[]): Promise<void> {
    for (const { topic, partition } of partitions) {
      const count = await this.partitions(account, operation, topic)
      if (partition >= 0 && (partition < count || partition < (await this.#currentCount(topic)))) continue
      throw badRequest(`${topic} has no partition ${partition}; its last is ${count - 1}`)
    }
  }

  /** Asks the log in the background, one probe at a time. */
  #probeOnce(): void {
    if (this.#isProbing) return
    this.#isProbing = true
    const ended = (): void => void (this.#isProbing = false)
    this.all().then(ended, ended)
  }

  /** The known number may be older than the last partition. */
  async #currentCount(topic: string): Promise<number> {
    return (await this.all()).get(topic) ?? 0
  }
}
