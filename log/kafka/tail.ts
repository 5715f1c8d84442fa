import type { Cluster } from 'kafkajs'
import type { Client } from './client.ts'
import { offsetsOf, partitionsOf } from './cluster.ts'
import { fetchPartitions } from './fetch.ts'
import type { KafkaTopics } from './topics.ts'
import { Connection } from './connection.ts'
import { LogError } from '../log.ts'
import { pause } from '#platform/deadline.ts'

/** How long one fetch waits at the broker: see `feed.ts`. */
const POLL_MS = 2000

const PAUSE_MS = 500

interface PendingRead {
  partition: number
  wake: () => void
}

/**
 * Follows the ends of a topic's partitions while reads wait there, and wakes the reads of a partition that has grown. The reads
 * fetch the new messages themselves.
 */
export class Tail {
  readonly #topic: string
  readonly #topics: KafkaTopics
  readonly #open: () => Client
  readonly #limitMs: number
  readonly #waiting = new Set<PendingRead>()
  readonly #closing = new AbortController()
  #ends: number[] = []
  #connection: Connection | undefined

  constructor(topic: string, topics: KafkaTopics, open: () => Client, limitMs: number) {
    this.#topic = topic
    this.#topics = topics
    this.#open = open
    this.#limitMs = limitMs
  }

  /** Resolves when the partition's end is past `seen`, after the limit, when the signal aborts, or when the tail is closed. */
  grown(partition: number, seen: number, limitMs: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted || this.#closing.signal.aborted || (this.#ends[partition] ?? seen) > seen) return resolve()
      // The reader has seen the end of a partition that is not followed yet.
      this.#ends[partition] ??= seen
      const wake = (): void => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', wake)
        this.#waiting.delete(waiting)
        resolve()
      }
      const timer = setTimeout(wake, limitMs)
      const waiting = { partition, wake }
      this.#waiting.add(waiting)
      signal?.addEventListener('abort', wake)
      if (!this.#connection) void this.#work()
    })
  }

  close(): void {
    this.#closing.abort()
    for (const { wake } of this.#waiting) wake()
    this.#connection?.close()
  }

  /** Never rejects: a waiting read ends at its own limit and fetches again. */
  async #work(): Promise<void> {
    while (this.#isWanted()) {
      const connection = new Connection(this.#open)
      this.#connection = connection
      try {
        await this.#follow(connection)
      } catch {
        await pause(PAUSE_MS, this.#closing.signal)
      }
      connection.close()
    }
    this.#connection = undefined
    this.#ends = []
  }

  /** Starts at the current ends, with one fetch per leader at a time. */
  async #follow(connection: Connection): Promise<void> {
    const count = await this.#topics.count(this.#topic)
    const partitions = partitionsOf(count)
    const ends = await connection.ask(this.#limitMs, (cluster) => offsetsOf(cluster, this.#topic, partitions, 'end'))
    for (const [partition, end] of ends.entries()) this.#move(partition, end)
    const leaders = await connection.ask(this.#limitMs, (cluster) => this.#leaders(cluster, partitions))
    const followed = Object.entries(leaders).map(async ([nodeId, partitions]) => {
      while (this.#isWanted() && (await this.#isWhole(count))) await this.#poll(connection, nodeId, partitions)
    })
    // When one fails, all end and start again together.
    await Promise.all(followed).finally(() => connection.close())
  }

  /** False once the topic has more partitions: the tail starts again with all of them. */
  async #isWhole(count: number): Promise<boolean> {
    return (await this.#topics.count(this.#topic)) === count
  }

  #leaders(cluster: Cluster, partitions: number[]): Promise<Record<string, number[]>> {
    return cluster.addTargetTopic(this.#topic).then(() => cluster.findLeaderForPartitions(this.#topic, partitions))
  }

  async #poll(connection: Connection, nodeId: string, partitions: number[]): Promise<void> {
    const fetched = await connection.ask(POLL_MS + this.#limitMs, async (cluster) => {
      const leaders = await this.#leaders(cluster, partitions)
      if (leaders[nodeId]?.length !== partitions.length) throw new LogError('unknown', 'the partition leaders changed')
      const broker = await cluster.findBroker({ nodeId })
      const wanted = partitions.map((partition) => {
        return { partition, fetchOffset: String(this.#ends[partition] ?? 0), maxBytes: 1 }
      })
      return fetchPartitions(broker, { topic: this.#topic, partitions: wanted, waitMs: POLL_MS, maxBytes: 1 })
    })
    for (const { partition, highWatermark } of fetched) this.#move(partition, highWatermark)
  }

  #move(partition: number, end: number): void {
    if (this.#ends[partition] === end) return
    this.#ends[partition] = end
    for (const waiting of this.#waiting) if (waiting.partition === partition) waiting.wake()
  }

  #isWanted(): boolean {
    return this.#waiting.size > 0 && !this.#closing.signal.aborted
  }
}
