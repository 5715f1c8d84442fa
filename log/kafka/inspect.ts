import type { Broker, Cluster } from 'kafkajs'
import { openClient, type KafkaSettings } from './client.ts'
import { topicsOf } from './cluster.ts'
import { asLogError } from './errors.ts'
import { Connection } from './connection.ts'

/** The state of Kafka, for diagnosis. */
export interface KafkaInspection {
  brokers: number
  /** For example `3.9`; absent if Kafka does not say. */
  version: string | undefined
  /** The requested topics that exist. */
  topics: TopicInspection[]
}

export interface TopicInspection {
  topic: string
  partitions: number
  /** Of the partition with the fewest. */
  copies: number
  /** Copies in sync, of the partition with the fewest. */
  inSync: number
}

/** Rejects with a sentence that names the setting to look at, within the limit. */
export async function inspectKafka(
  settings: KafkaSettings,
  topics: readonly string[],
  limitMs: number,
): Promise<KafkaInspection> {
  const connection = new Connection(() => openClient({ ...settings, requestTimeoutMs: limitMs, retries: 1 }))
  try {
    return await connection.ask(limitMs, async (cluster) => {
      const there = await topicsOf(cluster)
      const found = topics.filter((topic) => there.has(topic))
      await cluster.refreshMetadata()
      await cluster.addMultipleTargetTopics(found)
      const inspected = found.map((topic) => inspectTopic(cluster, topic))
      return { brokers: cluster.getNodeIds().length, version: await versionOf(cluster), topics: inspected }
    })
  } catch (error) {
    throw asLogError(error)
  } finally {
    connection.close()
  }
}

function inspectTopic(cluster: Cluster, topic: string): TopicInspection {
  const partitions = cluster.findTopicPartitionMetadata(topic)
  return {
    topic,
    partitions: partitions.length,
    copies: Math.min(...partitions.map(({ replicas }) => replicas.length)),
    inSync: Math.min(...partitions.map(({ isr }) => isr.length)),
  }
}

const BROKER_RESOURCE = 4
const VERSION = 'inter.broker.protocol.version'

/** Kafka does not state its version, only the protocol version between its brokers, and only with the right to read it. */
async function versionOf(cluster: Cluster): Promise<string | undefined> {
  const broker = (await cluster.findControllerBroker()) as Broker & Described
  const resource = { type: BROKER_RESOURCE, name: String(broker.nodeId), configNames: [VERSION] }
  const described = await broker.describeConfigs({ resources: [resource] }).catch(() => undefined)
  const value = described?.resources[0]?.configEntries.find(({ configName }) => configName === VERSION)?.configValue
  return value?.replace(/-.*/, '')
}

/** Parts of kafkajs that its types leave out. */
interface Described {
  nodeId: number
  describeConfigs(request: {
    resources: { type: number; name: string; configNames: string[] }[]
  }): Promise<{ resources: { configEntries: { configName: string; configValue: string }[] }[] }>
}
