import { promisify } from 'node:util'
import type { Client } from './client.ts'
import { answerIn, asLogError, isFinal, isTooLarge } from './errors.ts'
import { Producer } from './producer.ts'
import { LogError, MAX_SEND } from '../log.ts'
import type { PreparedMessage } from '../outgoing.ts'
import { BackOff, within } from '#platform/deadline.ts'

/** A batch takes more calls up to this size. */
const BATCH_BYTES = 1024 * 1024

const PAUSE_MS_MIN = 50
const PAUSE_MS_MAX = 1000

/** The messages of one call for this partition, appended as one. */
interface Append {
  messages: readonly PreparedMessage[]
  bytes: number
  due: number
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
  /** How many of the next calls are sent one by one. */
  #alone = 0
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
      this.#queue.push({ messages, bytes, due, resolve, reject })
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

  /** As many calls as fit, but at least one. */
  #take(): Append[] {
    if (this.#alone-- > 0) return this.#queue.splice(0, 1)
    this.#alone = 0
    let count = 0
    let messages = 0
    let bytes = 0
    for (const append of this.#queue) {
      messages += append.messages.length
      bytes += append.bytes
      if (count > 0 && (messages > MAX_SEND || bytes > BATCH_BYTES)) break
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
      if (isTooLarge(error) && batch.length > 1) return this.#separate(batch)
      for (const { reject } of batch) reject(asSendError(error))
    }
  }

  /** A call that is too large for the topic must not fail the others. */
  #separate(batch: readonly Append[]): void {
    this.#queue.unshift(...batch)
    this.#alone = batch.length
  }

  #drop(): void {
    this.#producer?.destroy()
    this.#producer = undefined
  }
}

function asSendError(error: unknown): LogError {
  if (isTooLarge(error))
    return new LogError('too_large', 'the message is larger than the topic allows', { cause: error })
  if (answerIn(error)?.endsWith('_AUTHORIZATION_FAILED')) return asLogError(error, 'unavailable')
  return asLogError(error, 'unknown')
}

const immediate = promisify(setImmediate)

const unreachable = (): LogError => new LogError('unavailable', 'Kafka could not be reached in time')
const unacknowledged = (): LogError => new LogError('unknown', 'Kafka did not acknowledge in time')
