import type { Client } from './client.ts'
import { committedOf, fetchFrom, offsetsOf, type Fetched } from './cluster.ts'
import { answerIn, asLogError, isFinal, sentenceOf } from './errors.ts'
import { Connection } from './connection.ts'
import {
  LogError,
  MAX_BATCH_BYTES,
  type Handler,
  type Lease,
  type LogErrorCode,
  type Message,
  type Owned,
} from '../log.ts'
import { firstBatch } from '../message-size.ts'
import { BackOff } from '#platform/deadline.ts'

const PAUSE_MS_MIN = 50
const PAUSE_MS_MAX = 5000

/** Errors of one partition. They may end, when a right is granted again or retention deletes a damaged batch. */
const OF_PARTITION = new Set<LogErrorCode>(['unreadable', 'forbidden', 'not_found'])

/** Bytes of one fetch, compressed as in the log: enough for a batch of our messages. */
const FETCH_BYTES_MIN = 256 * 1024
const MESSAGE_BYTES = 1024

/**
 * How long one fetch waits at the broker. It is well below the request timeout, because kafkajs adds only a tenth of a second for
 * the round trip, and a busy process needs longer than that to see the answer.
 */
const POLL_MS = 2000

export interface Feed {
  group: string
  owned: Owned
  maxBatch: number
  handle: Handler
  lease: Lease
  /** Stops before the next batch; what is under way may still commit. */
  halt: AbortSignal
  open: () => Client
  limitMs: number
  report: (sentence: string) => void
  /** Called when the partition cannot be read or committed, and with `undefined` when it can be read again. */
  unreadable: (error: LogError | undefined) => void
}

/**
 * Delivers a partition to its handler, batch by batch, until it is halted. It has its own connection, so that neither a slow
 * handler nor a quiet partition blocks another. Rejects only with errors that end the whole member.
 */
export async function feed(options: Feed): Promise<void> {
  const connection = new Connection(options.open)
  const stop = (): void => connection.close()
  options.halt.addEventListener('abort', stop)
  const source = new PartitionFeed(options, connection)
  const watched = { ...options, lease: source.watched(options.lease) }
  try {
    while (!options.halt.aborted) await handle(watched, await source.more())
  } finally {
    options.halt.removeEventListener('abort', stop)
    connection.close()
  }
}

/** Delivers until every message is handled. After an error of the handler the same messages are delivered again. */
async function handle({ owned, maxBatch, handle, lease, halt }: Feed, messages: readonly Message[]): Promise<void> {
  const backOff = new BackOff(PAUSE_MS_MIN, PAUSE_MS_MAX)
  for (let done = 0; done < messages.length && !halt.aborted;) {
    const batch = { ...owned, messages: firstBatch(messages.slice(done), maxBatch) }
    try {
      await handle(batch, lease)
      done += batch.messages.length
      backOff.reset()
      await breath()
    } catch {
      await backOff.pause(halt)
    }
  }
}

/** A handler that never waits would otherwise block the heartbeats. */
const breath = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

class PartitionFeed {
  readonly #options: Feed
  readonly #connection: Connection
  #next: number | undefined
  #isLost = false
  #failure: string | undefined
  readonly #backOff = new BackOff(PAUSE_MS_MIN, PAUSE_MS_MAX)

  constructor(options: Feed, connection: Connection) {
    this.#options = options
    this.#connection = connection
  }

  /** The next messages; empty after a quiet while, after an error, or when halted. */
  async more(): Promise<Message[]> {
    const { owned, halt, report } = this.#options
    try {
      const { messages, next } = await this.#fetch()
      this.#next = next
      this.#backOff.reset()
      this.#recovered()
      return messages
    } catch (error) {
      if (halt.aborted) return []
      if (answerIn(error) === 'OFFSET_OUT_OF_RANGE') return this.#startOver()
      const { code } = asLogError(error)
      if (OF_PARTITION.has(code)) this.#failed(code, sentenceOf(error))
      else if (isFinal(error)) throw error
      else report(`cannot read ${owned.topic}/${owned.partition}: ${sentenceOf(error)}`)
      await this.#backOff.pause(halt)
      return []
    }
  }

  /** A handler whose commit is forbidden gets the same messages for ever, so no fetch would report the missing right. */
  watched(lease: Lease): Lease {
    const commit = async (offset: number): Promise<void> => {
      try {
        await lease.commit(offset)
      } catch (error) {
        const { code } = asLogError(error)
        if (OF_PARTITION.has(code) && !this.#options.halt.aborted) this.#failed(code, sentenceOf(error))
        throw error
      }
    }
    return { signal: lease.signal, commit }
  }

  /** Reported once per error, not at every attempt. */
  #failed(code: LogErrorCode, sentence: string): void {
    const { group, owned, report, unreadable } = this.#options
    if (this.#failure === sentence) return
    this.#failure = sentence
    const error = new LogError(code, `${group} cannot read ${owned.topic}/${owned.partition}: ${sentence}`)
    report(error.message)
    unreadable(error)
  }

  #recovered(): void {
    if (this.#failure === undefined) return
    const { group, owned, report, unreadable } = this.#options
    this.#failure = undefined
    report(`${group} reads ${owned.topic}/${owned.partition} again`)
    unreadable(undefined)
  }

  async #fetch(): Promise<Fetched> {
    const { owned, limitMs, maxBatch } = this.#options
    this.#next ??= await this.#start()
    const at = { ...owned, offset: this.#next }
    const bytes = Math.min(MAX_BATCH_BYTES, Math.max(FETCH_BYTES_MIN, maxBatch * MESSAGE_BYTES))
    return this.#connection.ask(POLL_MS + limitMs, (cluster) => fetchFrom(cluster, at, bytes, POLL_MS))
  }

  /** The committed offset, or the oldest message if there is none: messages older than the group are not skipped. */
  async #start(): Promise<number> {
    const { group, owned, limitMs } = this.#options
    const { topic, partition } = owned
    const [committed, first] = await this.#connection.ask(limitMs, (cluster) =>
      Promise.all([committedOf(cluster, group, topic, [partition]), offsetsOf(cluster, topic, [partition], 'first')]),
    )
    return committed[0] === -1 || this.#isLost ? first[0]! : committed[0]!
  }

  /** An offset past the end or deleted by retention restarts at the oldest message: repeated is better than lost. */
  #startOver(): Message[] {
    const { group, owned, report } = this.#options
    report(
      `${group} restarts at the oldest message of ${owned.topic}/${owned.partition}: offset ${this.#next} is out of range`,
    )
    this.#isLost = true
    this.#next = undefined
    return []
  }
}
