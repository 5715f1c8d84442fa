import { type Log, LogError, type LogErrorCode, MAX_SEND, type Position } from '#log/log.ts'
import { checkMessageSize } from '#log/message-size.ts'
import { choosePartition } from '#log/partition.ts'
import { pause, within } from '#platform/deadline.ts'
import type { Account } from '../accounts/account.ts'
import { hasCode } from '../http/errors.ts'
import type { TopicAvailability } from '../topics.ts'
import { LOG_LIMIT_MS } from '../upkeep/log-deadline.ts'
import { type BatchResult, type Metadata, metadataOf, type SentPart } from './delivery-report.ts'
import { batchesOf, halvesOf, isOneBatch, type PartitionBatch, type PartitionedMessage } from './partition-batches.ts'
import type { OutgoingMessage } from './read-messages.ts'

const RETRY_PAUSE_MS = 20

/** Sends the messages of a request: checks all of them first, then sends one batch per partition, or more if the topic takes less. */
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
    if (partitioned.length <= MAX_SEND && isOneBatch(partitioned)) {
      const result = await this.#trySend(partitioned)
      if (!isTooLarge(result) || partitioned.length === 1) return fulfilled(result)
    }
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
    const now = performance.now()
    const until = now + this.#overloadedMs
    const sendAll = (parts: readonly PartitionBatch[]): Promise<SentPart[][]> =>
      Promise.all(parts.map((part) => this.#sendInParts(part, now + LOG_LIMIT_MS)))
    let sent = (await sendAll(batches)).flat()
    while (sent.some(isWritten) && sent.some(isOverloaded) && performance.now() < until) {
      await pause(RETRY_PAUSE_MS)
      const retried = await sendAll(sent.filter(isOverloaded).map(({ part }) => part))
      sent = sent.flatMap((each) => (isOverloaded(each) ? retried.shift()! : [each]))
    }
    return metadataOf(sent)
  }

  /** The log and the topic may take less at once than the request has: then it is halved, until the log takes each part, in order. */
  async #sendInParts(part: PartitionBatch, until: number): Promise<SentPart[]> {
    const isTooLong = part.messages.length > MAX_SEND
    const result = isTooLong ? tooLong : await this.#trySend(part.messages, until)
    if (!isTooLarge(result) || part.messages.length === 1) return [{ part, result }]
    const [first, second] = halvesOf(part)
    const sent = await this.#sendInParts(first, until)
    const failed = sent.find((each) => each.result.status === 'rejected' && !isTooLarge(each.result))
    // Sent after a failure, the rest would lie before what the client sends again.
    if (failed || performance.now() > until) return [...sent, { part: second, result: notSent }]
    return [...sent, ...(await this.#sendInParts(second, until))]
  }

  async #trySend(messages: readonly PartitionedMessage[], until = Infinity): Promise<BatchResult> {
    const sending = this.#log.send(messages)
    const inTime = until === Infinity ? sending : within(until - performance.now(), sending, tooLate)
    const [result] = await Promise.allSettled([inTime])
    return result.status === 'rejected' ? result : { ...result, value: withTimestamps(messages, result.value) }
  }
}

const tooLong: PromiseRejectedResult = {
  status: 'rejected',
  reason: new LogError('too_large', 'the log takes fewer messages at once'),
}

const tooLate = (): LogError =>
  new LogError('unknown', 'the log did not answer in time: messages may have been written')

const notSent: PromiseRejectedResult = {
  status: 'rejected',
  reason: new LogError('unavailable', 'not sent, because an earlier message of the request failed or took too long'),
}

function fulfilled(result: BatchResult): Metadata[] {
  if (result.status === 'rejected') throw result.reason
  return result.value
}

const withTimestamps = (messages: readonly PartitionedMessage[], positions: readonly Position[]): Metadata[] =>
  positions.map(({ topic, partition, offset }, i) => ({
    topic,
    partition,
    offset,
    timestamp: messages[i]!.timestamp,
  }))

const isWritten = ({ result }: SentPart): boolean => result.status === 'fulfilled'
const failedWith = (result: BatchResult, code: LogErrorCode): boolean =>
  result.status === 'rejected' && hasCode(result.reason, code)
const isOverloaded = ({ result }: SentPart): boolean => failedWith(result, 'overloaded')
const isTooLarge = (result: BatchResult): boolean => failedWith(result, 'too_large')
