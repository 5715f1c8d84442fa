import { openClient, type Client, type KafkaSettings } from './client.ts'
import { membersOf, setOffsetsOf } from './cluster.ts'
import { createTopics } from './create-topics.ts'
import { asLogError, isFenced } from './errors.ts'
import { PartitionWriters } from './partition-writers.ts'
import { KafkaMember } from './member.ts'
import { Reader } from './read.ts'
import { KafkaTopics } from './topics.ts'
import { Connection } from './connection.ts'
import {
  LogError,
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
import { checkNewTopic } from '../new-topic.ts'
import { prepare, type QueueLimit } from '../outgoing.ts'
import { settledWithin } from '#platform/deadline.ts'
import { type Logger, SILENT } from '#platform/log-line.ts'
import { Outage } from '#platform/node/outage.ts'

const GRACE_MS = 10_000
const QUEUE_LIMIT: QueueLimit = { messages: 50_000, bytes: 64 * 1024 * 1024 }

export interface KafkaLogOptions extends KafkaSettings {
  /** Copies of new topics; the broker's default, if absent. */
  replication?: number | undefined
  /** How much may wait to be acknowledged before `send` rejects with `overloaded`. */
  queueLimit?: QueueLimit
  /** The deadline of a send and of every other request; 5000. */
  limitMs?: number
  /** How long a member may be silent before Kafka assigns its partitions to others; 30 000. */
  sessionTimeoutMs?: number
  /** The interval of heartbeats; 1000. */
  heartbeatMs?: number
  /** How often groups look for new partitions of their topics; 60 000. */
  partitionRefreshMs?: number
  /** Receives a sentence for each fault that does not stop anything. Emits process warnings if absent. */
  report?: (sentence: string) => void
  /** Shared with the caller, which reports the outages of calls. Reports to `report` if absent. */
  outage?: Outage
  /** Called when a member without a `crashed` of its own has ended: the process should end. It ends by itself if absent. */
  crashed?: (error: LogError) => void
}

/** The log on Kafka 2.4 to 4.x, by kafkajs. It connects on first use. */
export function openKafkaLog(options: KafkaLogOptions): Log {
  return new KafkaLog(options)
}

class KafkaLog implements Log {
  readonly #options: KafkaLogOptions
  readonly #limitMs: number
  readonly #report: (sentence: string) => void
  readonly #outage: Outage
  readonly #connection: Connection
  readonly #topics: KafkaTopics
  readonly #writers: PartitionWriters
  readonly #reader: Reader
  readonly #members = new Set<Running>()
  readonly #closing = new AbortController()
  #closed: Promise<void> | undefined

  constructor(options: KafkaLogOptions) {
    const { limitMs = 5000, queueLimit = QUEUE_LIMIT, report = warn } = options
    this.#options = options
    this.#limitMs = limitMs
    this.#report = report
    this.#outage = options.outage ?? new Outage('Kafka', reportingTo(report))
    const asking = this.#open({ requestTimeoutMs: limitMs, retries: 2 })
    // After a lost answer there is time to send the same request once more.
    const sending = this.#open({ requestTimeoutMs: Math.ceil(limitMs / 2.5), retries: 8 })
    this.#connection = new Connection(asking)
    this.#topics = new KafkaTopics(this.#connection, limitMs)
    this.#writers = new PartitionWriters(sending, limitMs, queueLimit)
    this.#reader = new Reader(this.#topics, asking, limitMs)
  }

  async send(messages: readonly Outgoing[]): Promise<Position[]> {
    this.#checkOpen()
    const due = performance.now() + this.#limitMs
    const unknown = this.#topics.known(messages.map(({ topic }) => topic))
    if (unknown) {
      await unknown
      this.#checkOpen()
    }
    const prepared = prepare(messages, this.#topics)
    return prepared.length === 0 ? [] : this.#writers.append(prepared, due)
  }

  async run(options: RunOptions, handle: Handler): Promise<Running> {
    this.#checkOpen()
    checkRun(options)
    for (const topic of options.topics) await this.#topics.count(topic)
    this.#checkOpen()
    const { sessionTimeoutMs = 30_000, heartbeatMs = 1000, partitionRefreshMs = 60_000 } = this.#options
    const { crashed = this.#options.crashed ?? end } = options
    const open = this.#open({ requestTimeoutMs: this.#limitMs, retries: 2 })
    const limits = { limitMs: this.#limitMs, sessionTimeoutMs, heartbeatMs, partitionRefreshMs }
    const inside = { open, known: this.#topics, report: this.#report, outage: this.#outage, crashed }
    const member = new KafkaMember({ ...options, ...limits, ...inside }, handle)
    const running = { close: (graceMs = GRACE_MS) => this.#leave(running, member, graceMs) }
    this.#members.add(running)
    await this.#joined(running, member)
    return running
  }

  async read(at: Position, max: number, waitMs: number, signal?: AbortSignal): Promise<Message[]> {
    this.#checkOpen()
    return this.#reader.read(at, max, waitMs, signal)
  }

  async bounds(topic: string): Promise<Bounds[]> {
    this.#checkOpen()
    return this.#reader.bounds(topic)
  }

  async since(topic: string, timestamp: number): Promise<number[]> {
    this.#checkOpen()
    return this.#reader.since(topic, timestamp)
  }

  async committed(group: string, topic: string): Promise<number[]> {
    this.#checkOpen()
    return this.#reader.committed(group, topic)
  }

  async setOffsets(group: string, topic: string, offsets: readonly number[]): Promise<void> {
    this.#checkOpen()
    checkOffsets(group, topic, offsets, await this.#reader.bounds(topic))
    try {
      await this.#connection.ask(this.#limitMs, (cluster) => setOffsetsOf(cluster, group, topic, offsets))
    } catch (error) {
      throw isFenced(error) ? groupIsActive(group, { cause: error }) : asLogError(error, 'unknown')
    }
  }

  async members(group: string): Promise<number> {
    this.#checkOpen()
    checkGroup(group)
    try {
      return await this.#connection.ask(this.#limitMs, (cluster) => membersOf(cluster, group))
    } catch (error) {
      throw asLogError(error)
    }
  }

  async partitions(topic: string): Promise<number> {
    this.#checkOpen()
    return this.#topics.count(topic)
  }

  async topics(): Promise<{ topic: string; partitions: number }[]> {
    this.#checkOpen()
    return this.#topics.all()
  }

  async createTopics(topics: readonly NewTopic[]): Promise<void> {
    this.#checkOpen()
    for (const topic of topics) checkNewTopic(topic)
    const { replication } = this.#options
    await createTopics(topics, {
      connection: this.#connection,
      topics: this.#topics,
      limitMs: this.#limitMs,
      report: this.#report,
      replication,
    })
  }

  close(): Promise<void> {
    this.#closed ??= this.#shutDown()
    return this.#closed
  }

  #open(limits: { requestTimeoutMs: number; retries: number }): () => Client {
    return () => openClient({ ...this.#options, ...limits })
  }

  /** A first assignment may take as long as the other members need, within the limit. */
  async #joined(running: Running, member: KafkaMember): Promise<void> {
    const { sessionTimeoutMs = 30_000 } = this.#options
    const late = new LogError('unavailable', 'Kafka did not assign partitions in time')
    const limit = AbortSignal.any([AbortSignal.timeout(2 * sessionTimeoutMs + this.#limitMs), this.#closing.signal])
    const over = Promise.withResolvers<never>()
    const stop = (): void => over.reject(this.#closing.signal.aborted ? closedError() : late)
    limit.addEventListener('abort', stop)
    try {
      await Promise.race([member.joined, over.promise])
    } catch (error) {
      void running.close(0)
      throw error
    } finally {
      limit.removeEventListener('abort', stop)
    }
  }

  async #leave(running: Running, member: KafkaMember, graceMs: number): Promise<void> {
    await member.close(graceMs)
    this.#members.delete(running)
  }

  async #shutDown(): Promise<void> {
    this.#closing.abort()
    this.#reader.close()
    await Promise.all([...this.#members].map((running) => running.close()))
    await settledWithin(this.#limitMs, this.#writers.close())
    this.#connection.close()
  }

  #checkOpen(): void {
    if (this.#closing.signal.aborted) throw closedError()
  }
}

const closedError = (): LogError => new LogError('closed', 'the log is closed')

/** A logger of warnings for a caller that takes sentences. */
const reportingTo = (report: (sentence: string) => void): Logger => ({
  ...SILENT,
  warn: (message, fields) => report(`${message}: ${String(fields?.['error'])}`),
})

const warn = (sentence: string): void => process.emitWarning(sentence, 'KafkaLog')

const end = (error: Error): void => {
  queueMicrotask(() => {
    throw error
  })
}
