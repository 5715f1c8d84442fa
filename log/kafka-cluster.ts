import type { Broker, Cluster } from 'kafkajs'
import type { FetchedMessage } from 'kafkajs/src/broker/index.js'
import { headersRead } from './kafka-patch.ts'
import { LogError, type Bytes, type Message, type Position } from './log.ts'

/** What is asked of a cluster, in the words of the port. Errors are those of kafkajs: who asks has a {@link Wire} around it. */

const COMMITTED = 1

export async function leaderOf(cluster: Cluster, topic: string, partition: number): Promise<Broker> {
  await cluster.addTargetTopic(topic)
  const [nodeId] = Object.keys(cluster.findLeaderForPartitions(topic, [partition]))
  if (nodeId === undefined) throw new LogError('not_found', `${topic} has no partition ${partition}`)
  return cluster.findBroker({ nodeId })
}

export interface Fetched {
  messages: Message[]
  /** Where to go on: behind everything seen, also behind what is no message for readers. */
  next: number
  /** The partition's end when it was asked. */
  end: number
}

/** What lies behind a position, up to `maxBytes` but at least one message; empty after `waitMs`. */
export async function fetchFrom(cluster: Cluster, at: Position, maxBytes: number, waitMs: number): Promise<Fetched> {
  const { topic, partition, offset } = at
  const broker = await leaderOf(cluster, topic, partition)
  const partitions = [{ partition, fetchOffset: String(offset), maxBytes }]
  const asked = { maxWaitTime: waitMs, minBytes: 1, maxBytes, isolationLevel: COMMITTED }
  const { responses } = await broker.fetch({ ...asked, topics: [{ topic, partitions }] })
  const [answer] = responses.flatMap((response: { partitions: Answer[] }) => response.partitions) as Answer[]
  if (answer === undefined) throw new LogError('unavailable', `Kafka did not answer for ${topic}/${partition}`)
  return fetched(at, answer)
}

interface Answer {
  highWatermark: string
  messages: FetchedMessage[]
}

/** A compressed batch comes whole, from its start; what lies before the position was not asked for. */
function fetched({ topic, partition, offset }: Position, { highWatermark, messages }: Answer): Fetched {
  const wanted = messages.filter((message) => Number(message.offset) >= offset && !message.isControlRecord)
  const last = messages.at(-1)
  return {
    messages: wanted.map((message) => messageOf(topic, partition, message)),
    next: Math.max(offset, last ? Number(last.offset) + 1 : 0),
    end: Number(highWatermark),
  }
}

const messageOf = (topic: string, partition: number, message: FetchedMessage): Message => ({
  topic,
  partition,
  offset: Number(message.offset),
  key: plain(message.key),
  value: plain(message.value),
  headers: headersRead(message.headers).map(([name, value]) => [name, plain(value)]),
  timestamp: Number(message.timestamp),
})

/** A view without the Buffer's own ideas of slice and JSON. */
function plain<T extends Bytes | null>(bytes: T): T {
  return (bytes && new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)) as T
}

/** The offsets of all partitions, ordered: the first ones, the ends, or the first since an instant (-1 where there is none). */
export async function offsetsOf(
  cluster: Cluster,
  topic: string,
  count: number,
  which: 'first' | 'end' | number,
): Promise<number[]> {
  await cluster.addTargetTopic(topic)
  const partitions = Array.from({ length: count }, (_, partition) => ({ partition }))
  const wish = typeof which === 'number' ? { fromTimestamp: which } : { fromBeginning: which === 'first' }
  const [answer] = await cluster.fetchTopicsOffset([{ topic, partitions, ...wish }])
  return ordered(topic, count, answer?.partitions ?? [])
}

/** The group's next offsets of all partitions, ordered; -1 where nothing is committed. */
export async function committedOf(cluster: Cluster, group: string, topic: string, count: number): Promise<number[]> {
  await cluster.addTargetTopic(topic)
  const coordinator = await cluster.findGroupCoordinator({ groupId: group })
  const partitions = Array.from({ length: count }, (_, partition) => ({ partition, offset: '' }))
  const { responses } = await coordinator.offsetFetch({ groupId: group, topics: [{ topic, partitions }] })
  return ordered(topic, count, responses[0]?.partitions ?? [])
}

function ordered(topic: string, count: number, answers: readonly { partition: number; offset: string }[]): number[] {
  const byPartition = new Map(answers.map(({ partition, offset }) => [partition, Number(offset)]))
  return Array.from({ length: count }, (_, partition) => {
    const offset = byPartition.get(partition)
    if (offset === undefined) throw new LogError('unavailable', `Kafka did not answer for ${topic}/${partition}`)
    return offset
  })
}
