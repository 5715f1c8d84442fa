import { LogError, MAX_SEND, type Bytes, type Header, type Outgoing } from './log.ts'
import { checkMessageSize } from './message-size.ts'
import { choosePartition } from './partition.ts'

/** A message that has been checked, with text encoded as bytes. */
export interface PreparedMessage {
  topic: string
  partition: number
  key: Bytes | null
  value: Bytes | null
  headers: Header[]
  timestamp: number | undefined
  size: number
}

/** The partitions to write to: how many a topic has, and which one a message without a key takes. */
export interface TopicPartitions {
  partitions(topic: string): number | undefined
  anyPartition(topic: string): number
}

/** How much may wait to be written before `send` rejects with `overloaded`. */
export interface QueueLimit {
  messages: number
  bytes: number
}

/** Checks a whole call before any of it is written, so that a rejected call has written nothing. Every driver calls it first. */
export function prepare(messages: readonly Outgoing[], topics: TopicPartitions): PreparedMessage[] {
  if (messages.length > MAX_SEND)
    throw invalid(`a call must not exceed ${MAX_SEND} messages; this one has ${messages.length}`)
  return messages.map((message) => prepareOne(message, topics))
}

function prepareOne(message: Outgoing, topics: TopicPartitions): PreparedMessage {
  const { topic, timestamp } = message
  const key = message.key == null ? null : bytesOf(message.key, 'key')
  const value = message.value === null ? null : bytesOf(message.value, 'value')
  const headers = (message.headers ?? []).map(headerOf)
  if (timestamp !== undefined && !isCount(timestamp))
    throw invalid('a timestamp must be a whole number of milliseconds since the epoch')
  const partition = partitionIn(message, key, topics)
  return { topic, partition, key, value, headers, timestamp, size: checkMessageSize({ key, value, headers }) }
}

function partitionIn({ topic, partition }: Outgoing, key: Bytes | null, topics: TopicPartitions): number {
  const partitions = topics.partitions(topic)
  if (partitions === undefined) throw new LogError('not_found', `topic ${topic} does not exist`)
  const chosen = choosePartition({ partition, key }, partitions, () => topics.anyPartition(topic))
  if (isCount(chosen) && chosen < partitions) return chosen
  throw new LogError('not_found', `${topic} has no partition ${chosen}; its last partition is ${partitions - 1}`)
}

function headerOf([name, value]: readonly [string, string | Bytes | null]): Header {
  if (typeof name !== 'string') throw invalid('the name of a header must be text')
  return [name, value === null ? null : bytesOf(value, `header ${name}`)]
}

function bytesOf(value: unknown, what: string): Bytes {
  if (typeof value === 'string') return encoder.encode(value)
  // A copy, because the sender may reuse its buffer before the log has written it.
  if (value instanceof Uint8Array) return value.slice()
  throw invalid(`the ${what} of a message must be text or bytes`)
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0

const invalid = (message: string): LogError => new LogError('invalid', message)

const encoder = new TextEncoder()
