import { topicsOf } from './cluster.ts'
import { asLogError } from './errors.ts'
import type { Connection } from './connection.ts'
import { LogError } from '../log.ts'
import type { TopicPartitions } from '../outgoing.ts'

/** How old the list of topics may be before it is refreshed in the background. */
const STALE_MS = 30_000

/**
 * The existing topics, known before anything is sent: after one send to a missing topic a kafkajs producer fails for all others
 * too.
 */
export class KafkaTopics implements TopicPartitions {
  readonly #connection: Connection
  readonly #limitMs: number
  #partitions = new Map<string, number>()
  #turn = 0
  #refreshing: Promise<void> | undefined
  #waiting: Promise<void> | undefined
  #asked = -Infinity

  constructor(connection: Connection, limitMs: number) {
    this.#connection = connection
    this.#limitMs = limitMs
  }

  partitions(topic: string): number | undefined {
    return this.#partitions.get(topic)
  }

  /** Round robin, so that messages without a key spread evenly. */
  anyPartition(topic: string): number {
    return this.#turn++ % (this.#partitions.get(topic) ?? 1)
  }

  /**
   * Undefined if all topics are known. While one call waits for a topic the later calls wait too, because messages are appended
   * in call order.
   */
  known(topics: readonly string[]): Promise<void> | undefined {
    if (topics.some((topic) => !this.#partitions.has(topic))) return this.#waitedFor(this.#refreshedFor(topics))
    if (performance.now() - this.#asked > STALE_MS) void this.#refreshed().catch(() => undefined)
    return this.#waiting
  }

  /** The number of partitions; `not_found` for an unknown topic. Sends of known topics do not wait for an unknown one here. */
  async count(topic: string): Promise<number> {
    await (this.#partitions.has(topic) ? this.known([topic]) : this.#refreshedFor([topic]))
    const count = this.#partitions.get(topic)
    if (count === undefined) throw new LogError('not_found', `topic ${topic} does not exist`)
    return count
  }

  async all(): Promise<{ topic: string; partitions: number }[]> {
    await this.#refresh()
    const topics = [...this.#partitions].map(([topic, partitions]) => ({ topic, partitions }))
    return topics.sort((a, b) => (a.topic < b.topic ? -1 : 1))
  }

  /** Asks Kafka again, so that the list contains every earlier change. */
  async #refresh(): Promise<void> {
    await this.#refreshing
    await this.#refreshed()
  }

  #waitedFor(found: Promise<void>): Promise<void> {
    const over = found.then(
      () => undefined,
      () => undefined,
    )
    this.#waiting = over
    void over.then(() => this.#waiting === over && (this.#waiting = undefined))
    return found
  }

  /** The answer to a request in progress may be older than a new topic. */
  async #refreshedFor(topics: readonly string[]): Promise<void> {
    const underWay = this.#refreshing
    await this.#refreshed()
    if (underWay && topics.some((topic) => !this.#partitions.has(topic))) await this.#refreshed()
  }

  #refreshed(): Promise<void> {
    this.#refreshing ??= this.#ask().finally(() => (this.#refreshing = undefined))
    return this.#refreshing
  }

  async #ask(): Promise<void> {
    this.#asked = performance.now()
    try {
      const found = await this.#connection.ask(this.#limitMs, topicsOf)
      // A broker that has just started lists no topics until it has synchronized with the others.
      if (found.size === 0 && this.#partitions.size > 0)
        throw new LogError('unavailable', 'Kafka has not loaded its topics yet')
      this.#partitions = found
    } catch (error) {
      throw asLogError(error)
    }
  }
}
