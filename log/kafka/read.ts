import type { Cluster } from 'kafkajs'
import type { Client } from './client.ts'
import { committedOf, fetchFrom, offsetsOf, partitionsOf, type Fetched } from './cluster.ts'
import { answerIn, asLogError } from './errors.ts'
import { ReadAhead } from './read-ahead.ts'
import { Tail } from './tail.ts'
import type { KafkaTopics } from './topics.ts'
import { Connection } from './connection.ts'
import { LogError, type Bounds, type Message, type Position } from '../log.ts'

/** Bytes of one fetch, compressed as in the log. At least one message is returned. */
const FETCH_BYTES = 256 * 1024

/**
 * Reads without a group. Existing messages are fetched at once on one connection. One {@link Tail} per topic waits for new ones on
 * a connection of its own, because a broker answers the requests of a connection one at a time.
 */
export class Reader {
  readonly #topics: KafkaTopics
  readonly #open: () => Client
  readonly #limitMs: number
  readonly #connection: Connection
  readonly #tails = new Map<string, Tail>()
  readonly #fetching = new Map<string, Promise<Fetched>>()
  readonly #readAhead = new ReadAhead()
  readonly #closing = new AbortController()

  constructor(topics: KafkaTopics, open: () => Client, limitMs: number) {
    this.#topics = topics
    this.#open = open
    this.#limitMs = limitMs
    this.#connection = new Connection(open)
  }

  async read(from: Position, max: number, waitMs: number, signal?: AbortSignal): Promise<Message[]> {
    const { topic, partition, offset } = from
    await this.#checkPartition(topic, partition)
    const until = performance.now() + waitMs
    for (let at = offset; ;) {
      const place = { topic, partition, offset: at }
      const fetched = this.#readAhead.at(place) ?? (await this.#fetch(place))
      const { messages, next, end } = fetched
      if (messages.length > 0) return this.#readAhead.split(place, fetched, max)
      const leftMs = until - performance.now()
      if (signal?.aborted || (next === at && leftMs <= 0)) return []
      if (next === at) await this.#tail(topic).grown(partition, end, leftMs, signal)
      at = next
      this.#checkOpen()
    }
  }

  async bounds(topic: string): Promise<Bounds[]> {
    const partitions = partitionsOf(await this.#topics.count(topic))
    const [first, end] = await this.#ask((cluster) =>
      Promise.all([offsetsOf(cluster, topic, partitions, 'first'), offsetsOf(cluster, topic, partitions, 'end')]),
    )
    return first.map((offset, partition) => ({ partition, first: offset, end: end[partition]! }))
  }

  async since(topic: string, timestamp: number): Promise<number[]> {
    const partitions = partitionsOf(await this.#topics.count(topic))
    const [found, end] = await this.#ask((cluster) =>
      Promise.all([offsetsOf(cluster, topic, partitions, timestamp), offsetsOf(cluster, topic, partitions, 'end')]),
    )
    return found.map((offset, partition) => (offset === -1 ? end[partition]! : offset))
  }

  async committed(group: string, topic: string): Promise<number[]> {
    const partitions = partitionsOf(await this.#topics.count(topic))
    return this.#ask((cluster) => committedOf(cluster, group, topic, partitions))
  }

  close(): void {
    this.#closing.abort()
    this.#readAhead.clear()
    this.#connection.close()
    for (const tail of this.#tails.values()) tail.close()
  }

  /** Reads of the same position share one fetch. */
  #fetch(at: Position): Promise<Fetched> {
    const name = `${at.topic}/${at.partition}/${at.offset}`
    const underWay = this.#fetching.get(name)
    if (underWay) return underWay
    const fetching = this.#fetchNow(at).finally(() => this.#fetching.delete(name))
    this.#fetching.set(name, fetching)
    return fetching
  }

  async #fetchNow(at: Position): Promise<Fetched> {
    const { topic, partition, offset } = at
    if (!(offset >= 0)) throw outOfRange(at)
    try {
      return await this.#connection.ask(this.#limitMs, (cluster) => fetchFrom(cluster, at, FETCH_BYTES, 0))
    } catch (error) {
      throw answerIn(error) === 'OFFSET_OUT_OF_RANGE' ? outOfRange({ topic, partition, offset }) : asLogError(error)
    }
  }

  async #ask<T>(question: (cluster: Cluster) => Promise<T>): Promise<T> {
    try {
      return await this.#connection.ask(this.#limitMs, question)
    } catch (error) {
      throw asLogError(error)
    }
  }

  #tail(topic: string): Tail {
    const tail = this.#tails.get(topic) ?? new Tail(topic, this.#topics, this.#open, this.#limitMs)
    this.#tails.set(topic, tail)
    return tail
  }

  async #checkPartition(topic: string, partition: number): Promise<void> {
    const count = await this.#topics.count(topic)
    if (Number.isInteger(partition) && partition >= 0 && partition < count) return
    throw new LogError('not_found', `${topic} has no partition ${partition}`)
  }

  #checkOpen(): void {
    if (this.#closing.signal.aborted) throw new LogError('closed', 'the log is closed')
  }
}

const outOfRange = ({ topic, partition, offset }: Position): LogError =>
  new LogError('out_of_range', `offset ${offset} is out of range for ${topic}/${partition}`)
