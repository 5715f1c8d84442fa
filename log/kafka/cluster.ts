import type { Broker, Cluster } from 'kafkajs'
import inside from 'kafkajs/src/protocol/requests/index.js'
import { fetchPartitions } from './fetch.ts'
import { decodeBatches, type Damage } from './records/decode.ts'
import { LogError, type Message, type Position } from '../log.ts'

/** Requests to a cluster, in the port's terms. Errors are those of kafkajs; a {@link Connection} translates them. */

export async function leaderOf(cluster: Cluster, topic: string, partition: number): Promise<Broker> {
  await cluster.addTargetTopic(topic)
  const [nodeId] = Object.keys(cluster.findLeaderForPartitions(topic, [partition]))
  if (nodeId === undefined) throw new LogError('not_found', `${topic} has no partition ${partition}`)
  return cluster.findBroker({ nodeId })
}

export interface Fetched {
  messages: Message[]
  /** Where to continue: after everything seen, control records included. */
  next: number
  /** The partition's end at the time of the fetch. */
  end: number
}

/**
 * The messages from a position on, up to `maxBytes` but at least one; empty after `waitMs`. Rejects with `unreadable` if the batch
 * at the position cannot be decoded.
 */
export async function fetchFrom(cluster: Cluster, at: Position, maxBytes: number, waitMs: number): Promise<Fetched> {
  const { topic, partition, offset } = at
  const broker = await leaderOf(cluster, topic, partition)
  const partitions = [{ partition, fetchOffset: String(offset), maxBytes }]
  const [answer] = await fetchPartitions(broker, { topic, partitions, waitMs, maxBytes })
  if (answer === undefined) throw new LogError('unavailable', `Kafka did not answer for ${topic}/${partition}`)
  const { messages, next, damaged } = await decodeBatches(answer.records, offset, answer.aborted)
  if (damaged && next === offset) throw unreadable(at, damaged)
  return {
    messages: messages.map((message) => ({ topic, partition, ...message })),
    next,
    end: answer.highWatermark,
  }
}

function unreadable({ topic, partition }: Position, { first, last, reason }: Damage): LogError {
  const batch = `the batch at ${topic}/${partition}, offsets ${first} to ${last}, cannot be decoded`
  return new LogError('unreadable', `${batch} (${reason}); the next readable offset is ${last + 1}`)
}

/** The first offsets of partitions, their ends, or the first offsets since an instant (-1 if there is no message). */
export async function offsetsOf(
  cluster: Cluster,
  topic: string,
  partitions: readonly number[],
  which: 'first' | 'end' | number,
): Promise<number[]> {
  await cluster.addTargetTopic(topic)
  const asked = partitions.map((partition) => ({ partition }))
  const wish = typeof which === 'number' ? { fromTimestamp: which } : { fromBeginning: which === 'first' }
  const [answer] = await cluster.fetchTopicsOffset([{ topic, partitions: asked, ...wish }])
  return ordered(topic, partitions, answer?.partitions ?? [])
}

/** The group's next offsets of partitions, -1 if nothing is committed. */
export async function committedOf(
  cluster: Cluster,
  group: string,
  topic: string,
  partitions: readonly number[],
): Promise<number[]> {
  await cluster.addTargetTopic(topic)
  const coordinator = await cluster.findGroupCoordinator({ groupId: group })
  const asked = partitions.map((partition) => ({ partition, offset: '' }))
  const { responses } = await coordinator.offsetFetch({ groupId: group, topics: [{ topic, partitions: asked }] })
  return ordered(topic, partitions, responses[0]?.partitions ?? [])
}

/** Kafka accepts commits without a generation only while the group has no members; otherwise it answers with a fencing error. */
export async function setOffsetsOf(
  cluster: Cluster,
  group: string,
  topic: string,
  offsets: readonly number[],
): Promise<void> {
  const coordinator = await cluster.findGroupCoordinator({ groupId: group })
  const partitions = offsets.map((offset, partition) => ({ partition, offset: String(offset) }))
  await coordinator.offsetCommit({
    groupId: group,
    groupGenerationId: NO_GENERATION,
    memberId: NO_MEMBER,
    topics: [{ topic, partitions }],
  })
}

export async function membersOf(cluster: Cluster, group: string): Promise<number> {
  const coordinator = await cluster.findGroupCoordinator({ groupId: group })
  const { groups } = await coordinator.describeGroups({ groupIds: [group] })
  return groups[0]?.members.length ?? 0
}

const NO_GENERATION = -1
const NO_MEMBER = ''

function ordered(
  topic: string,
  partitions: readonly number[],
  answers: readonly { partition: number; offset: string }[],
): number[] {
  const byPartition = new Map(answers.map(({ partition, offset }) => [partition, Number(offset)]))
  return partitions.map((partition) => {
    const offset = byPartition.get(partition)
    if (offset === undefined) throw new LogError('unavailable', `Kafka did not answer for ${topic}/${partition}`)
    return offset
  })
}

/** The partition numbers of a topic. */
export const partitionsOf = (count: number): number[] => Array.from({ length: count }, (_, partition) => partition)

/**
 * Every topic with its number of partitions. The call of kafkajs would fail if a single partition of any topic had no leader at the
 * moment.
 */
export async function topicsOf(cluster: Cluster): Promise<Map<string, number>> {
  const broker = await (cluster as Cluster & Inside).brokerPool.findConnectedBroker()
  const { request, response } = broker.lookupRequest(
    METADATA,
    inside.requests.Metadata,
  )({
    topics: [],
    allowAutoTopicCreation: false,
  })
  const asItIs = { ...response, parse: (answer: AllTopics) => Promise.resolve(answer) }
  const { topicMetadata } = await broker.connectionPool.send<AllTopics>({ request, response: asItIs })
  const led = topicMetadata.find(({ partitionMetadata }) => partitionMetadata.every(({ leader }) => leader >= 0))
  if (led) await reachAny(cluster, led.topic)
  const ours = topicMetadata.filter(({ isInternal }) => !isInternal)
  return new Map(ours.map(({ topic, partitionMetadata }) => [topic, partitionMetadata.length]))
}

/** Kafka may advertise host names that only its own network resolves. It is better to fail now than at the first message. */
async function reachAny(cluster: Cluster, topic: string): Promise<void> {
  await cluster.addTargetTopic(topic)
  try {
    await Promise.any(cluster.getNodeIds().map((nodeId) => cluster.findBroker({ nodeId: String(nodeId) })))
  } catch (error) {
    throw (error as AggregateError).errors[0]
  }
}

const METADATA = 3

interface AllTopics {
  topicMetadata: { topic: string; isInternal: boolean; partitionMetadata: { leader: number }[] }[]
}

/** Parts of kafkajs that its types leave out. */
interface Inside {
  brokerPool: {
    findConnectedBroker(): Promise<{
      lookupRequest(api: number, request: unknown): (asked: object) => { request: object; response: object }
      connectionPool: { send<T>(asked: { request: object; response: object }): Promise<T> }
    }>
  }
}
