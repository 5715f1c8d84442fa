import type { DatabaseSync } from 'node:sqlite'
import { openFile } from './file.ts'
import { EmbeddedGroup } from './group.ts'
import { EmbeddedMember, type BatchSource } from './member.ts'
import { trimSlice } from './retention.ts'
import { prepareTables, type Tables } from './tables.ts'
import { EmbeddedTopics, type Partition } from './topics.ts'
import { Writer } from './writer.ts'
import {
  LogError,
  MAX_SEND,
  type Bounds,
  type Handler,
  type Log,
  type Message,
  type NewTopic,
  type Outgoing,
  type Position,
  type Running,
  type RunOptions,
} from '../log.ts'
import { checkGroup, checkOffsets, groupIsActive } from '../group-offsets.ts'
import { checkRun } from '../new-member.ts'
import { checkNewTopic, checkSameCount } from '../new-topic.ts'
import { prepare, type PreparedMessage, type QueueLimit } from '../outgoing.ts'

const GRACE_MS = 10_000
const TRIM_EVERY_MS = 60_000
const QUEUE_LIMIT: QueueLimit = { messages: 50_000, bytes: 64 * 1024 * 1024 }

export interface EmbeddedLogOptions {
  /** Created if it does not exist, with its folder. `:memory:` is lost on close. */
  file: string
  /** The clock for messages without a timestamp and for retention. */
  now?: () => number
  /** How much may wait for the next commit before `send` rejects with `overloaded`. */
  queueLimit?: QueueLimit
  /** How often expired messages are deleted. */
  trimEveryMs?: number
}

/** The log in one SQLite file, for one process: durable, with real consumer groups, and without a server. */
export function openEmbeddedLog(options: EmbeddedLogOptions): Log {
  return new EmbeddedLog(options)
}

class EmbeddedLog implements Log {
  readonly #db: DatabaseSync
  readonly #tables: Tables
  readonly #topics: EmbeddedTopics
  readonly #writer: Writer
  readonly #now: () => number
  readonly #groups = new Map<string, EmbeddedGroup>()
  readonly #members = new Set<Running>()
  readonly #closing = new AbortController()
  readonly #trimmer: NodeJS.Timeout
  #closed: Promise<void> | undefined

  constructor(options: EmbeddedLogOptions) {
    const { file, now = Date.now, queueLimit = QUEUE_LIMIT, trimEveryMs = TRIM_EVERY_MS } = options
    this.#db = openFile(file)
    this.#tables = prepareTables(this.#db)
    this.#topics = new EmbeddedTopics(this.#tables)
    this.#writer = new Writer(this.#db, queueLimit, () => this.#topics.reload())
    this.#now = now
    this.#trim()
    this.#trimmer = setInterval(() => this.#trim(), trimEveryMs).unref()
  }

  async send(messages: readonly Outgoing[]): Promise<Position[]> {
    this.#checkOpen()
    const prepared = prepare(messages, this.#topics)
    if (prepared.length === 0) return []
    const bytes = prepared.reduce((sum, { size }) => sum + size, 0)
    const positions = await this.#writer.write(prepared.length, bytes, () => prepared.map((one) => this.#append(one)))
    for (const { topic, partition } of prepared) this.#topics.partition(topic, partition).wake()
    return positions
  }

  async run(options: RunOptions, handle: Handler): Promise<Running> {
    this.#checkOpen()
    checkRun(options)
    for (const topic of options.topics) this.#topics.get(topic)
    const group = this.#group(options.group)
    const member = new EmbeddedMember(options, this.#source(options), handle)
    const running = { close: (graceMs = GRACE_MS) => this.#leave(running, group, member, graceMs) }
    this.#members.add(running)
    await group.join(member)
    this.#checkOpen()
    return running
  }

  async read(at: Position, max: number, waitMs: number, signal?: AbortSignal): Promise<Message[]> {
    const { topic, partition, offset } = at
    this.#checkOpen()
    const place = this.#topics.partition(topic, partition)
    const until = performance.now() + waitMs
    const ends = signal ? AbortSignal.any([this.#closing.signal, signal]) : this.#closing.signal
    while (offset === place.end) {
      const leftMs = until - performance.now()
      if (leftMs <= 0 || signal?.aborted) return []
      await place.grown(ends, leftMs)
      this.#checkOpen()
    }
    if (offset >= place.first && offset < place.end) return this.#tables.read(place, offset, max)
    const kept = `${topic}/${partition} keeps ${place.first} to ${place.end}`
    throw new LogError('out_of_range', `${kept}, there is no ${offset}`)
  }

  async bounds(topic: string): Promise<Bounds[]> {
    this.#checkOpen()
    return this.#topics.get(topic).partitions.map(({ partition, first, end }) => ({ partition, first, end }))
  }

  async since(topic: string, timestamp: number): Promise<number[]> {
    this.#checkOpen()
    return this.#topics.get(topic).partitions.map((place) => this.#tables.firstSince(place, timestamp) ?? place.end)
  }

  async committed(group: string, topic: string): Promise<number[]> {
    this.#checkOpen()
    return this.#topics.get(topic).partitions.map((place) => this.#tables.committed(group, place))
  }

  async setOffsets(group: string, topic: string, offsets: readonly number[]): Promise<void> {
    this.#checkOpen()
    checkOffsets(group, topic, offsets, await this.bounds(topic))
    if (this.#groups.get(group)?.size) throw groupIsActive(group)
    const { partitions } = this.#topics.get(topic)
    await this.#writer.write(0, 0, () => {
      for (const each of partitions) this.#tables.commit(group, each, offsets[each.partition]!)
    })
  }

  async members(group: string): Promise<number> {
    this.#checkOpen()
    checkGroup(group)
    return this.#groups.get(group)?.size ?? 0
  }

  async partitions(topic: string): Promise<number> {
    this.#checkOpen()
    return this.#topics.get(topic).partitions.length
  }

  async topics(): Promise<{ topic: string; partitions: number }[]> {
    this.#checkOpen()
    return this.#topics.all().map(({ topic, partitions }) => ({ topic, partitions: partitions.length }))
  }

  async createTopics(topics: readonly NewTopic[]): Promise<void> {
    this.#checkOpen()
    for (const topic of topics) {
      checkNewTopic(topic)
      const present = this.#topics.find(topic.topic)
      if (present !== undefined) checkSameCount(topic, present.partitions.length)
    }
    await this.#writer.write(0, 0, () => {
      for (const topic of topics) this.#tables.addTopic(topic)
      this.#topics.reload()
    })
  }

  close(): Promise<void> {
    this.#closed ??= this.#shutDown()
    return this.#closed
  }

  #append(message: PreparedMessage): Position {
    const partition = this.#topics.partition(message.topic, message.partition)
    const position = { topic: message.topic, partition: message.partition, offset: partition.end++ }
    this.#tables.append(partition, position.offset, message, message.timestamp ?? this.#now())
    return position
  }

  #group(name: string): EmbeddedGroup {
    const partitionsOf = (topic: string): Partition[] => this.#topics.get(topic).partitions
    const group = this.#groups.get(name) ?? new EmbeddedGroup(partitionsOf, () => this.#writer.flush())
    this.#groups.set(name, group)
    return group
  }

  /** Commits of members share transactions with all other writes. */
  #source({ group, maxBatch = MAX_SEND }: RunOptions): BatchSource {
    return {
      committed: (partition) => this.#tables.committed(group, partition),
      commit: (partition, next) => this.#writer.write(0, 0, () => this.#tables.commit(group, partition, next)),
      read: (partition, offset) => this.#tables.read(partition, offset, maxBatch),
    }
  }

  async #leave(running: Running, group: EmbeddedGroup, member: EmbeddedMember, graceMs: number): Promise<void> {
    await member.stop(graceMs)
    group.leave(member)
    this.#members.delete(running)
  }

  async #shutDown(): Promise<void> {
    this.#closing.abort()
    clearInterval(this.#trimmer)
    await Promise.all([...this.#members].map((running) => running.close()))
    await Promise.all([...this.#groups.values()].map((group) => group.rebalanced))
    this.#writer.flush()
    this.#db.close()
  }

  #trim(): void {
    if (this.#closing.signal.aborted) return
    if (trimSlice(this.#topics, this.#tables, this.#now())) setImmediate(() => this.#trim())
  }

  #checkOpen(): void {
    if (this.#closing.signal.aborted) throw new LogError('closed', 'the log is closed')
  }
}
