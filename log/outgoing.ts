import { LogError, MAX_MESSAGE_BYTES, MAX_SEND, type Bytes, type Outgoing } from './log.ts'
import { partitionOf } from './partition.ts'

/** A message that may be written: everything about it has been checked, and what was text is bytes. */
export interface PreparedMessage {
  topic: string
  partition: number
  key: Bytes | null
  value: Bytes | null
  headers: [name: string, value: Bytes][]
  timestamp: number | undefined
  size: number
}

/** What there is to write to: how many partitions a topic has, and which one a message without a key takes. */
export interface TopicPartitions {
  partitions(topic: string): number | undefined
  anyPartition(topic: string): number
}

/** How much may wait to be written before `send` answers `overloaded`. */
export interface QueueLimit {
  messages: number
  bytes: number
}

/** Checks a whole call before any of it is written, so that a refused call has written nothing. Every driver starts here. */
export function prepare(messages: readonly Outgoing[], topics: TopicPartitions): PreparedMessage[] {
  if (messages.length > MAX_SEND)
    throw invalid(`a call bears ${MAX_SEND} messages at most, this one ${messages.length}`)
  return messages.map((message) => prepareOne(message, topics))
}

function prepareOne(message: Outgoing, topics: TopicPartitions): PreparedMessage {
  const { topic, timestamp } = message
  const key = message.key == null ? null : bytesOf(message.key, 'key')
  const value = message.value === null ? null : bytesOf(message.value, 'value')
  const headers = (message.headers ?? []).map(headerOf)
  if (timestamp !== undefined && !isCount(timestamp)) throw invalid('a timestamp is milliseconds since the epoch')
  const partition = choosePartition(message, key, topics)
  return { topic, partition, key, value, headers, timestamp, size: checkSize(sizeOf(key, value, headers)) }
}

function choosePartition({ topic, partition }: Outgoing, key: Bytes | null, topics: TopicPartitions): number {
  const partitions = topics.partitions(topic)
  if (partitions === undefined) throw new LogError('not_found', `there is no topic ${topic}`)
  if (partition === undefined) return key === null ? topics.anyPartition(topic) : partitionOf(key, partitions)
  if (isCount(partition) && partition < partitions) return partition
  throw new LogError('not_found', `${topic} has no partition ${partition}, its last is ${partitions - 1}`)
}

function headerOf([name, value]: readonly [string, string | Bytes]): [string, Bytes] {
  if (typeof name !== 'string') throw invalid('the name of a header is text')
  return [name, bytesOf(value, `header ${name}`)]
}

function bytesOf(value: unknown, what: string): Bytes {
  if (typeof value === 'string') return encoder.encode(value)
  // A copy, for the sender may use its buffer again before the log has written it.
  if (value instanceof Uint8Array) return value.slice()
  throw invalid(`the ${what} of a message is text or bytes`)
}

function sizeOf(key: Bytes | null, value: Bytes | null, headers: readonly [string, Bytes][]): number {
  const own = (key?.length ?? 0) + (value?.length ?? 0)
  return headers.reduce((size, [name, { length }]) => size + Buffer.byteLength(name) + length, own)
}

function checkSize(size: number): number {
  if (size <= MAX_MESSAGE_BYTES) return size
  throw new LogError('too_large', `a message has ${MAX_MESSAGE_BYTES} bytes at most, this one ${size}`)
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0

const invalid = (message: string): LogError => new LogError('invalid', message)

const encoder = new TextEncoder()
