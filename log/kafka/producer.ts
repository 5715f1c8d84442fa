import {
  CompressionTypes,
  type Message as KafkaMessage,
  type Producer as KafkaProducer,
  type RecordMetadata,
} from 'kafkajs'
import type { Client } from './client.ts'
import { bufferOf, headersToSend } from './kafkajs-fixes.ts'
import { LogError } from '../log.ts'
import type { PreparedMessage } from '../outgoing.ts'

/** Smaller batches are not compressed: the round trip to a thread costs more than the bytes. */
const GZIP_BYTES = 32 * 1024

/** kafkajs miscounts sequence numbers past 2³¹. */
const MAX_SENT = 2 ** 30

/**
 * An idempotent producer for one partition, with one send at a time, until the first error: kafkajs gives the next message the
 * sequence number of the failed one, and Kafka takes it for a repetition.
 */
export class Producer {
  readonly #client: Client
  readonly #producer: KafkaProducer
  readonly #timeoutMs: number
  #sent = 0

  constructor(client: Client, timeoutMs: number) {
    this.#client = client
    this.#timeoutMs = timeoutMs
    this.#producer = client.kafka.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      createPartitioner:
        () =>
        ({ message }) =>
          message.partition!,
    })
  }

  get isWorn(): boolean {
    return this.#sent > MAX_SENT
  }

  connect(): Promise<void> {
    return this.#producer.connect()
  }

  /** Resolves with the offset of the first message. */
  async send(topic: string, partition: number, messages: readonly PreparedMessage[]): Promise<number> {
    const now = Date.now()
    const bytes = messages.reduce((sum, { size }) => sum + size, 0)
    const answers = await this.#producer.send({
      topic,
      acks: -1,
      timeout: this.#timeoutMs,
      compression: bytes < GZIP_BYTES ? CompressionTypes.None : CompressionTypes.GZIP,
      messages: messages.map((message) => toKafka(message, partition, now)),
    })
    this.#sent += messages.length
    return offsetIn(answers, topic, partition)
  }

  destroy(): void {
    this.#client.destroy()
  }
}

const toKafka = (
  { key, value, headers, timestamp }: PreparedMessage,
  partition: number,
  now: number,
): KafkaMessage => ({
  partition,
  key: key && bufferOf(key),
  value: value && bufferOf(value),
  headers: headersToSend(headers),
  timestamp: String(timestamp ?? now),
})

/** kafkajs may resolve without having sent everything, so the answer must be about exactly this partition. */
function offsetIn(answers: readonly RecordMetadata[], topic: string, partition: number): number {
  const [answer] = answers
  const fits = answers.length === 1 && answer?.topicName === topic && answer.partition === partition
  const offset = Number(answer?.baseOffset ?? -1)
  if (fits && answer?.errorCode === 0 && offset >= 0) return offset
  throw new LogError('unknown', `Kafka did not answer for ${topic}/${partition}`)
}
