import type { Broker, Cluster } from 'kafkajs'
import { openClient, type KafkaSettings } from './client.ts'
import { topicsOf } from './cluster.ts'
import { asLogError } from './errors.ts'
import { Connection } from './connection.ts'

/** What there is, for people who look for what is wrong. */
export interface KafkaInspection {
  brokers: number
  /** Such as `3.9`; absent if Kafka does not tell. */
  version: string | undefined
  /** Those of the topics asked for that there are. */
  topics: TopicInspection[]
}

export interface TopicInspection {
  topic: string
  partitions: number
  /** Of the partition that has the fewest. */
  copies: number
  /** Copies that have caught up, of the partition that has the fewest. */
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

/** Kafka tells no version, but the one that its brokers speak with each other; to whoever may ask. */
async function versionOf(cluster: Cluster): Promise<string | undefined> {
  const broker = (await cluster.findControllerBroker()) as Broker & Described
  const resource = { type: BROKER_RESOURCE, name: String(broker.nodeId), configNames: [VERSION] }
  const told = await broker.describeConfigs({ resources: [resource] }).catch(() => undefined)
  const value = told?.resources[0]?.configEntries.find(({ configName }) => configName === VERSION)?.configValue
  return value?.replace(/-.*/, '')
}

/** kafkajs keeps these to itself. */
interface Described {
  nodeId: number
  describeConfigs(request: {
    resources: { type: number; name: string; configNames: string[] }[]
  }): Promise<{ resources: { configEntries: { configName: string; configValue: string }[] }[] }>
}
