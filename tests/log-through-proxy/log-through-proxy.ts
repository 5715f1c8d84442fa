import { Kafka } from '@upstash/kafka'
import { LogError, type Bounds, type Log, type Message, type Position } from '#log/log.ts'
import type { Handler, Outgoing, Running, RunOptions } from '#log/log.ts'
import { MemberThroughProxy } from './member.ts'
import { messageOf, requestOf, translated, withoutRetries } from './rest-format.ts'

/**
 * The log as the published client sees it: `@upstash/kafka`, the proxy, and a log behind it. The conformance suite runs on it
 * and so shows which promises of the log the REST format keeps.
 */
export function openLogThroughProxy(config: { url: string; username: string; password: string }): Log {
  return new LogThroughProxy(withoutRetries(new Kafka(config)))
}

class LogThroughProxy implements Log {
  readonly #kafka: Kafka
  readonly #members = new Set<MemberThroughProxy>()
  readonly #closing = new AbortController()
  #sending: Promise<unknown> = Promise.resolve()

  constructor(kafka: Kafka) {
    this.#kafka = kafka
  }

  /** One request at a time, because concurrent requests may overtake each other. */
  async send(messages: readonly Outgoing[]): Promise<Position[]> {
    this.#checkOpen()
    if (messages.length === 0) return []
    const sent = this.#sending.then(() => translated(this.#kafka.producer().produceMany(messages.map(requestOf))))
    this.#sending = sent.catch(() => undefined)
    return (await sent).map(({ topic, partition, offset }) => ({ topic, partition, offset }))
  }

  async run(options: RunOptions, handle: Handler): Promise<Running> {
    this.#checkOpen()
    const member = new MemberThroughProxy(this.#kafka, options, handle)
    this.#members.add(member)
    await member.join()
    return member
  }

  /** The format waits past the end and has no limit for the number of messages. */
  async read(at: Position, max: number, waitMs: number, signal?: AbortSignal): Promise<Message[]> {
    const bounds = (await this.bounds(at.topic))[at.partition]
    if (bounds === undefined) throw new LogError('not_found', `${at.topic} has no partition ${at.partition}`)
    if (at.offset < bounds.first || at.offset > bounds.end)
      throw new LogError('out_of_range', `there is no ${at.offset}`)
    if (signal?.aborted) return []
    const ended = Promise.withResolvers<[]>()
    signal?.addEventListener('abort', () => ended.resolve([]), { once: true })
    const fetching = this.#kafka.consumer().fetch({ ...at, timeout: Math.ceil(waitMs) })
    const messages = await this.#unlessClosed(Promise.race([fetching, ended.promise]))
    return messages.slice(0, max).map(messageOf)
  }

  async bounds(topic: string): Promise<Bounds[]> {
    this.#checkOpen()
    const topicPartitions = await this.#partitionsOf(topic)
    const offsets = (timestamp: 'earliest' | 'latest') =>
      translated(this.#kafka.admin().topicPartitionOffsets({ timestamp, topicPartitions }))
    const [first, end] = await Promise.all([offsets('earliest'), offsets('latest')])
    return first.map(({ partition, offset }, i) => ({ partition, first: offset, end: end[i]!.offset }))
  }

  async since(topic: string, timestamp: number): Promise<number[]> {
    this.#checkOpen()
    const topicPartitions = await this.#partitionsOf(topic)
    return (await translated(this.#kafka.admin().topicPartitionOffsets({ timestamp, topicPartitions }))).map(
      ({ offset }) => offset,
    )
  }

  async committed(group: string, topic: string): Promise<number[]> {
    this.#checkOpen()
    const topicPartitions = await this.#partitionsOf(topic)
    const query = { consumerGroupId: group, instanceId: 'any', topicPartitions }
    return (await translated(this.#kafka.admin().committedOffsets(query))).map(({ offset }) => offset)
  }

  async setOffsets(): Promise<void> {
    this.#checkOpen()
    throw new LogError('invalid', 'the REST format sets no offsets of a group')
  }

  async members(): Promise<number> {
    this.#checkOpen()
    throw new LogError('invalid', 'the REST format does not describe groups')
  }

  async partitions(topic: string): Promise<number> {
    const found = (await this.topics()).find((each) => each.topic === topic)
    if (found === undefined) throw new LogError('not_found', `topic ${topic} does not exist`)
    return found.partitions
  }

  async topics(): Promise<{ topic: string; partitions: number }[]> {
    this.#checkOpen()
    const topics = Object.entries(await translated(this.#kafka.admin().topics()))
    return topics.map(([topic, partitions]) => ({ topic, partitions }))
  }

  async createTopics(): Promise<void> {
    this.#checkOpen()
    throw new LogError('invalid', 'the REST format cannot create topics')
  }

  async close(): Promise<void> {
    this.#closing.abort()
    await this.#sending
    await Promise.all([...this.#members].map((member) => member.close()))
  }

  async #partitionsOf(topic: string): Promise<{ topic: string; partition: number }[]> {
    const count = await this.partitions(topic)
    return Array.from({ length: count }, (_, partition) => ({ topic, partition }))
  }

  /** The client cannot be interrupted; a late response is ignored. */
  #unlessClosed<T>(answer: Promise<T>): Promise<T> {
    const { signal } = this.#closing
    return new Promise((resolve, reject) => {
      if (signal.aborted) reject(closedError())
      signal.addEventListener('abort', () => reject(closedError()), { once: true })
      translated(answer).then(resolve, reject)
    })
  }

  #checkOpen(): void {
    if (this.#closing.signal.aborted) throw closedError()
  }
}

const closedError = (): LogError => new LogError('closed', 'the log is closed')
