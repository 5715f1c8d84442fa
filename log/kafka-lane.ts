import { CompressionTypes, type Message as KafkaMessage, type Producer, type RecordMetadata } from 'kafkajs'
import type { Client } from './kafka-client.ts'
import { answerIn, asLogError, isFinal, isTooLarge } from './kafka-error.ts'
import { bufferOf, headersToSend } from './kafka-patch.ts'
import { LogError, MAX_SEND } from './log.ts'
import type { Placed } from './outgoing.ts'
import { pause } from './pause.ts'

/** A batch takes more calls as long as it is not larger than that. */
const BATCH_BYTES = 1024 * 1024

const PAUSE_MS_MIN = 50
const PAUSE_MS_MAX = 1000

/** What is smaller is left to the broker: here it would wait longer for a thread than it takes to write. */
const GZIP_BYTES = 4096

/** kafkajs counts sequences wrong past 2³¹. */
const MAX_SENT = 2 ** 30

/** What of one call goes to this partition: appended as one. */
interface Append {
  messages: readonly Placed[]
  bytes: number
  due: number
  resolve: (firstOffset: number) => void
  reject: (error: LogError) => void
}

/**
 * The way to one partition. One send is under way at a time, with all its repetitions, by an idempotent producer of its own; what
 * comes meanwhile goes with the next. After any error the producer is thrown away, sockets and all: a kafkajs producer that has
 * failed once may take the acknowledgement of one message for that of another, and goes on trying behind one's back.
 */
export class Lane {
  readonly #topic: string
  readonly #partition: number
  readonly #open: () => Client
  readonly #timeoutMs: number
  readonly #closing = new AbortController()
  #queue: Append[] = []
  /** How many of the first calls go one by one. */
  #alone = 0
  #working: Promise<void> | undefined
  #producer: Connected | undefined

  constructor(topic: string, partition: number, open: () => Client, timeoutMs: number) {
    this.#topic = topic
    this.#partition = partition
    this.#open = open
    this.#timeoutMs = timeoutMs
  }

  /** Resolves with the offset of the first message; settles when it is due, whatever Kafka does. */
  append(messages: readonly Placed[], due: number): Promise<number> {
    const bytes = messages.reduce((sum, { size }) => sum + size, 0)
    return new Promise((resolve, reject) => {
      this.#queue.push({ messages, bytes, due, resolve, reject })
      this.#working ??= this.#work().finally(() => (this.#working = undefined))
    })
  }

  /** Settles what is under way. */
  async close(): Promise<void> {
    this.#closing.abort()
    await this.#working
    this.#drop()
  }

  async #work(): Promise<void> {
    while (this.#queue.length > 0) {
      const producer = this.#producer ?? (await this.#connect())
      if (producer) await this.#write(producer, this.#take())
    }
  }

  /** Undefined if nobody waits any longer: everything in the queue was refused, and surely not written. */
  async #connect(): Promise<Connected | undefined> {
    for (let pauseMs = PAUSE_MS_MIN; ; pauseMs = Math.min(pauseMs * 2, PAUSE_MS_MAX)) {
      const client = this.#open()
      try {
        this.#producer = await within(this.#queue[0]!.due, connectProducer(client), unreachable)
        return this.#producer
      } catch (error) {
        client.destroy()
        this.#refuse(error, pauseMs)
      }
      if (this.#queue.length === 0) return undefined
      await pause(pauseMs, this.#closing.signal)
    }
  }

  /** Whoever would be late after the pause is told now; if trying again does not help, everybody. */
  #refuse(error: unknown, pauseMs: number): void {
    const hopeless = isFinal(error) || this.#closing.signal.aborted
    const late = performance.now() + pauseMs
    const refused = this.#queue.filter(({ due }) => hopeless || due <= late)
    this.#queue = this.#queue.filter((append) => !refused.includes(append))
    for (const { reject } of refused) reject(asLogError(error))
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

  async #write(producer: Connected, batch: readonly Append[]): Promise<void> {
    const messages = batch.flatMap((append) => append.messages)
    try {
      let offset = await within(batch[0]!.due, this.#send(producer, messages), unacknowledged)
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

  /** One call that is too large for the topic is not to take others with it. */
  #separate(batch: readonly Append[]): void {
    this.#queue.unshift(...batch)
    this.#alone = batch.length
  }

  async #send(connected: Connected, messages: readonly Placed[]): Promise<number> {
    const now = Date.now()
    const bytes = messages.reduce((sum, { size }) => sum + size, 0)
    const answers = await connected.producer.send({
      topic: this.#topic,
      acks: -1,
      timeout: this.#timeoutMs,
      compression: bytes < GZIP_BYTES ? CompressionTypes.None : CompressionTypes.GZIP,
      messages: messages.map((message) => this.#toKafka(message, now)),
    })
    connected.sent += messages.length
    if (connected.sent > MAX_SENT) this.#drop()
    return this.#offsetIn(answers)
  }

  #toKafka({ key, value, headers, timestamp }: Placed, now: number): KafkaMessage {
    return {
      partition: this.#partition,
      key: key && bufferOf(key),
      value: value && bufferOf(value),
      headers: headersToSend(headers),
      timestamp: String(timestamp ?? now),
    }
  }

  /** kafkajs resolves, too, when it has not sent everything: the answer has to be about this partition and nothing else. */
  #offsetIn(answers: readonly RecordMetadata[]): number {
    const [answer] = answers
    const fits = answers.length === 1 && answer?.topicName === this.#topic && answer.partition === this.#partition
    const offset = Number(answer?.baseOffset ?? -1)
    if (fits && answer?.errorCode === 0 && offset >= 0) return offset
    throw new LogError('unknown', `Kafka did not answer for ${this.#topic}/${this.#partition}`)
  }

  #drop(): void {
    this.#producer?.client.destroy()
    this.#producer = undefined
  }
}

interface Connected {
  producer: Producer
  client: Client
  sent: number
}

async function connectProducer(client: Client): Promise<Connected> {
  const producer = client.kafka.producer({
    idempotent: true,
    maxInFlightRequests: 1,
    allowAutoTopicCreation: false,
    createPartitioner:
      () =>
      ({ message }) =>
        message.partition!,
  })
  await producer.connect()
  return { producer, client, sent: 0 }
}

function asSendError(error: unknown): LogError {
  if (isTooLarge(error)) return new LogError('too_large', 'the topic takes no message as large', { cause: error })
  if (answerIn(error)?.endsWith('_AUTHORIZATION_FAILED')) return asLogError(error, 'unavailable')
  return asLogError(error, 'unknown')
}

const unreachable = (): LogError => new LogError('unavailable', 'Kafka could not be reached in time')
const unacknowledged = (): LogError => new LogError('unknown', 'Kafka did not acknowledge in time')

function within<T>(due: number, work: Promise<T>, late: () => LogError): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(late()), due - performance.now())
    work.finally(() => clearTimeout(timer)).then(resolve, reject)
  })
}
