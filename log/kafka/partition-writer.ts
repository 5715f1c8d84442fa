import { promisify } from 'node:util'
import type { Client } from './client.ts'
import { answerIn, asLogError, isFinal, refusalIn, sentenceOf } from './errors.ts'
import { Producer } from './producer.ts'
import { LogError, MAX_SEND } from '../log.ts'
import type { PreparedMessage } from '../outgoing.ts'
import { BackOff, within } from '#platform/deadline.ts'

/** A batch takes more calls up to this size, below what a topic with the default settings of Kafka takes as one batch. */
const BATCH_BYTES = 900 * 1024

const PAUSE_MS_MIN = 50
const PAUSE_MS_MAX = 1000

/** The messages of one call for this partition, appended as one. */
interface Append {
  messages: readonly PreparedMessage[]
  bytes: number
  due: number
  /** Calls of different parts are not sent together, because Kafka has refused them together. */
  part: symbol
  resolve: (firstOffset: number) => void
  reject: (error: LogError) => void
}

/**
 * Writes to one partition. One send runs at a time, with its retries, by an idempotent producer of its own; calls that arrive
 * meanwhile go with the next send. After any error the producer and its sockets are destroyed: a kafkajs producer that has failed
 * may take the acknowledgement of one message for that of another, and retries in the background.
 */
export class PartitionWriter {
  readonly #topic: string
  readonly #partition: number
  readonly #open: () => Client
  readonly #timeoutMs: number
  readonly #closing = new AbortController()
  #queue: Append[] = []
  #isCrowded = false
  #working: Promise<void> | undefined
  #producer: Producer | undefined

  constructor(topic: string, partition: number, open: () => Client, timeoutMs: number) {
    this.#topic = topic
    this.#partition = partition
    this.#open = open
    this.#timeoutMs = timeoutMs
  }

  /** Resolves with the offset of the first message. Settles at the deadline `due` in any case. */
  append(messages: readonly PreparedMessage[], due: number): Promise<number> {
    const bytes = messages.reduce((sum, { size }) => sum + size, 0)
    return new Promise((resolve, reject) => {
      this.#queue.push({ messages, bytes, due, part: WHOLE, resolve, reject })
      this.#working ??= this.#work()
    })
  }

  /** Settles the send in progress. */
  async close(): Promise<void> {
    this.#closing.abort()
    await this.#working
    this.#drop()
  }

  async #work(): Promise<void> {
    // Under load, the calls of one turn of the event loop go together: a send costs more than a message.
    if (this.#isCrowded) await immediate()
    while (this.#queue.length > 0) {
      const producer = this.#producer ?? (await this.#connect())
      this.#refuseWhere(({ due }) => due <= performance.now(), unreachable)
      if (producer && this.#queue.length > 0) await this.#write(producer, this.#take())
    }
    // In the same turn as the last check of the queue, so that a later call starts the work again.
    this.#working = undefined
  }

  /** Undefined if no call waits any longer: every queued call was rejected and is not written. */
  async #connect(): Promise<Producer | undefined> {
    const backOff = new BackOff(PAUSE_MS_MIN, PAUSE_MS_MAX)
    for (;;) {
      const producer = new Producer(this.#open(), this.#timeoutMs)
      try {
        await within(this.#queue[0]!.due - performance.now(), producer.connect(), unreachable)
        this.#producer = producer
        return producer
      } catch (error) {
        producer.destroy()
        const hopeless = isFinal(error) || this.#closing.signal.aborted
        // Calls whose deadline passes during the pause are rejected now.
        const late = performance.now() + backOff.nextMs
        this.#refuseWhere(
          ({ due }) => hopeless || due <= late,
          () => asLogError(error),
        )
      }
      if (this.#queue.length === 0) return undefined
      await backOff.pause(this.#closing.signal)
    }
  }

  /** Queued calls are not written. */
  #refuseWhere(isRefused: (append: Append) => boolean, reason: () => LogError): void {
    const refused = this.#queue.filter(isRefused)
    if (refused.length === 0) return
    const error = reason()
    this.#queue = this.#queue.filter((append) => !refused.includes(append))
    for (const { reject } of refused) reject(error)
  }

  /** As many calls of one part as fit, but at least one. */
  #take(): Append[] {
    let count = 0
    let messages = 0
    let bytes = 0
    const { part } = this.#queue[0]!
    for (const append of this.#queue) {
      messages += append.messages.length
      bytes += append.bytes
      if (count > 0 && (append.part !== part || messages > MAX_SEND || bytes > BATCH_BYTES)) break
      count += 1
    }
    return this.#queue.splice(0, count)
  }

  async #write(producer: Producer, batch: readonly Append[]): Promise<void> {
    const messages = batch.flatMap((append) => append.messages)
    this.#isCrowded = batch.length > 1
    try {
      const sent = producer.send(this.#topic, this.#partition, messages)
      let offset = await within(batch[0]!.due - performance.now(), sent, unacknowledged)
      if (producer.isWorn) this.#drop()
      for (const { resolve, messages } of batch) {
        resolve(offset)
        offset += messages.length
      }
    } catch (error) {
      this.#drop()
      if (refusalIn(error) && batch.length > 1) return this.#halve(batch)
      for (const { reject } of batch) reject(asSendError(error))
    }
  }

  /** A refused call must not fail the others. Halving finds it in as many sends as the number of calls has bits. */
  #halve(batch: readonly Append[]): void {
    const middle = Math.ceil(batch.length / 2)
    const halves = [batch.slice(0, middle), batch.slice(middle)]
    this.#queue.unshift(
      ...halves.flatMap((half) => {
        const part = Symbol('part')
        return half.map((append) => ({ ...append, part }))
      }),
    )
  }

  #drop(): void {
    this.#producer?.destroy()
    this.#producer = undefined
  }
}

function asSendError(error: unknown): LogError {
  const code = refusalIn(error)
  if (code === 'too_large') return new LogError(code, TOO_LARGE, { cause: error })
  if (code) return new LogError(code, `${answerIn(error)}: ${sentenceOf(error)}`, { cause: error })
  return asLogError(error, 'unknown')
}

const TOO_LARGE = 'the messages are larger than the topic allows for a batch (max.message.bytes)'

const WHOLE = Symbol('whole')

const immediate = promisify(setImmediate)

const unreachable = (): LogError => new LogError('unavailable', 'Kafka could not be reached in time')
const unacknowledged = (): LogError => new LogError('unknown', 'Kafka did not acknowledge in time')
