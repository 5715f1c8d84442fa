import type { Log, Position } from '#log/log.ts'
import { checkMessageSize } from '#log/message-size.ts'
import { choosePartition } from '#log/partition.ts'
import { pause } from '#platform/deadline.ts'
import type { Account } from '../accounts/account.ts'
import { hasCode } from '../http/errors.ts'
import type { TopicAvailability } from '../topics.ts'
import { LOG_LIMIT_MS } from '../upkeep/log-deadline.ts'
import { type BatchResult, type Metadata, metadataOf } from './delivery-report.ts'
import { batchesOf, isOneBatch, type PartitionBatch, type PartitionedMessage } from './partition-batches.ts'
import type { OutgoingMessage } from './read-messages.ts'

const RETRY_PAUSE_MS = 20

/** Sends the messages of a request: checks all of them first, then sends one batch per partition. */
export class Producer {
  readonly #log: Log
  readonly #topics: TopicAvailability
  readonly #overloadedMs: number
  #requests = 0

  /** @param overloadedMs how long the rest of a partly written request waits for room in the log's queue */
  constructor(log: Log, topics: TopicAvailability, overloadedMs = LOG_LIMIT_MS) {
    this.#log = log
    this.#topics = topics
    this.#overloadedMs = overloadedMs
  }

  /** Resolves with metadata in request order. An invalid message rejects before any message is sent. */
  async send(account: Account, messages: readonly OutgoingMessage[]): Promise<Metadata[]> {
    this.#topics.rejectIfUnreachable()
    this.#requests++
    const partitioned = await this.#withPartitions(account, messages)
    if (isOneBatch(partitioned)) return withTimestamps(partitioned, await this.#log.send(partitioned))
    for (const message of partitioned) checkMessageSize(message)
    return this.#sendBatches(batchesOf(partitioned))
  }

  /** Messages without a key go to one partition per request, the next one for the next request. */
  async #withPartitions(account: Account, messages: readonly OutgoingMessage[]): Promise<PartitionedMessage[]> {
    const counts = new Map<string, number>()
    for (const message of messages) {
      const { topic } = message
      const count = counts.get(topic) ?? (await this.#topics.partitions(account, 'produce', topic))
      counts.set(topic, count)
      const partition = choosePartition(message, count, () => this.#requests % count)
      if (!(partition >= 0 && partition < count)) await this.#topics.check(account, 'produce', [{ topic, partition }])
      message.partition = partition
    }
    return messages as PartitionedMessage[]
  }

  /** Once part of a request is written, an overloaded batch is retried, lest the request end half written. */
  async #sendBatches(batches: readonly PartitionBatch[]): Promise<Metadata[]> {
    const until = performance.now() + this.#overloadedMs
    let results = await this.#trySend(batches)
    while (results.some(isWritten) && results.some(isOverloaded) && performance.now() < until) {
      await pause(RETRY_PAUSE_MS)
      const retried = await this.#trySend(batches.filter((_, i) => isOverloaded(results[i]!)))
      results = results.map((result) => (isOverloaded(result) ? retried.shift()! : result))
    }
    return metadataOf(batches, results)
  }

  #trySend(batches: readonly PartitionBatch[]): Promise<BatchResult[]> {
    return Promise.allSettled(
      batches.map(async ({ messages }) => withTimestamps(messages, await this.#log.send(messages))),
    )
  }
}

const withTimestamps = (messages: readonly PartitionedMessage[], positions: readonly Position[]): Metadata[] =>
  positions.map(({ topic, partition, offset }, i) => ({
    topic,
    partition,
    offset,
    timestamp: messages[i]!.timestamp,
  }))

const isWritten = ({ status }: BatchResult): boolean => status === 'fulfilled'
const isOverloaded = (result: BatchResult): boolean =>
  result.status === 'rejected' && hasCode(result.reason, 'overloaded')
