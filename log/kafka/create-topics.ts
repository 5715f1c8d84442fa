import type { Broker, Cluster, ConfigResourceTypes, ITopicConfig } from 'kafkajs'
import { answerIn, asLogError, causesOf, sentenceOf } from './errors.ts'
import { MAX_APPEND_BYTES } from './partition-writers.ts'
import type { KafkaTopics } from './topics.ts'
import type { Connection } from './connection.ts'
import { LogError, type NewTopic } from '../log.ts'
import { checkSameCount } from '../new-topic.ts'

/** The headers of a batch, beside its messages. */
const OVERHEAD_BYTES = 1024 * 1024

const FOR_EVER = '-1'

/** Node cannot see this export of kafkajs from a module. */
const TOPIC_RESOURCE: ConfigResourceTypes.TOPIC = 2

/** Parts of kafkajs that its types leave out. */
interface Controller extends Broker {
  createTopics(request: { topics: ITopicConfig[]; timeout: number }): Promise<unknown>
  describeConfigs(request: {
    resources: { type: ConfigResourceTypes; name: string; configNames: string[] }[]
  }): Promise<{ resources: { resourceName: string; configEntries: Setting[] }[] }>
}

interface Setting {
  configName: string
  configValue: string
}

/** The settings of a new topic. `min.insync.replicas` is left to the broker. */
function settingsOf({ retentionMs }: NewTopic): Record<string, string> {
  return {
    'cleanup.policy': 'delete',
    'retention.ms': retentionMs === undefined ? FOR_EVER : String(Math.ceil(retentionMs)),
    'retention.bytes': FOR_EVER,
    'max.message.bytes': String(MAX_APPEND_BYTES + OVERHEAD_BYTES),
    // For foreign producers too: kafkajs consumers stop at other compressions.
    'compression.type': 'gzip',
  }
}

export interface Making {
  connection: Connection
  topics: KafkaTopics
  limitMs: number
  /** Copies of new topics; the broker's default, if absent. */
  replication: number | undefined
  report: (sentence: string) => void
}

/** Creates the missing topics and reports the settings in which existing topics differ. */
export async function createTopics(wishes: readonly NewTopic[], making: Making): Promise<void> {
  const { connection, topics, limitMs, replication } = making
  await topics.all()
  const present = wishes.filter(({ topic }) => topics.partitions(topic) !== undefined)
  checkCounts(present, topics)
  const missing = wishes.filter((wish) => !present.includes(wish))
  if (missing.length > 0) await makeTopics(connection, limitMs, missing, replication)
  await appeared(missing, making)
  checkCounts(missing, topics)
  if (present.length > 0) await reportDifferences(present, making)
}

function checkCounts(wishes: readonly NewTopic[], topics: KafkaTopics): void {
  for (const wish of wishes) checkSameCount(wish, topics.partitions(wish.topic)!)
}

/** Kafka answers before every broker knows the new topic. */
async function appeared(wishes: readonly NewTopic[], { topics, limitMs }: Making): Promise<void> {
  const end = performance.now() + limitMs
  while (wishes.some(({ topic }) => topics.partitions(topic) === undefined)) {
    if (performance.now() > end) throw new LogError('unavailable', 'a new topic did not appear in time')
    await topics.all()
  }
}

/** This is advice, so missing rights to read the settings are not an error. */
async function reportDifferences(
  wishes: readonly NewTopic[],
  { connection, limitMs, replication, report }: Making,
): Promise<void> {
  try {
    for (const sentence of await differences(connection, limitMs, wishes, replication)) report(sentence)
  } catch (error) {
    report(`cannot compare the settings of topics: ${sentenceOf(error)}`)
  }
}

/** A topic that another process creates at the same time counts as created. */
async function makeTopics(
  connection: Connection,
  limitMs: number,
  topics: readonly NewTopic[],
  replication: number | undefined,
): Promise<void> {
  const wishes = topics.map((topic) => ({
    topic: topic.topic,
    numPartitions: topic.partitions,
    replicationFactor: replication ?? -1,
    configEntries: Object.entries(settingsOf(topic)).map(([name, value]) => ({ name, value })),
  }))
  try {
    await connection.ask(limitMs, async (cluster) => {
      await cluster.refreshMetadata()
      const controller = (await cluster.findControllerBroker()) as Controller
      await controller.createTopics({ topics: wishes, timeout: limitMs }).catch(unlessTheyExist)
    })
  } catch (error) {
    const answer = answerIn(error)
    if (answer === 'INVALID_REPLICATION_FACTOR') {
      throw new LogError('invalid', `KAFKA_REPLICATION (${replication}) is greater than the number of brokers`, {
        cause: error,
      })
    }
    throw asLogError(error, answer?.startsWith('INVALID_') ? 'invalid' : 'unavailable')
  }
}

/** kafkajs wraps the errors of all topics in one. */
function unlessTheyExist(error: unknown): void {
  const each = error instanceof Error && 'errors' in error ? (error.errors as unknown[]) : [error]
  const other = each.find((one) => !causesOf(one).some(({ type }) => type === 'TOPIC_ALREADY_EXISTS'))
  if (other !== undefined) throw other
}

/** A sentence for each setting in which a topic differs from a new one. */
async function differences(
  connection: Connection,
  limitMs: number,
  topics: readonly NewTopic[],
  replication: number | undefined,
): Promise<string[]> {
  const found = await connection.ask(limitMs, (cluster) => present(cluster, topics))
  return topics.flatMap((topic) => {
    const { settings, copies } = found.get(topic.topic) ?? { settings: new Map<string, string>(), copies: [] }
    const wished = Object.entries(settingsOf(topic))
    const differing = wished.filter(([name, value]) => settings.has(name) && settings.get(name) !== value)
    const few = copies.find((count) => replication !== undefined && count !== replication)
    return [
      ...differing.map(([name, value]) => `topic ${topic.topic} has ${name}=${settings.get(name)}, not ${value}`),
      ...(few === undefined ? [] : [`topic ${topic.topic} has ${few} copies, not ${replication}`]),
    ]
  })
}

interface Present {
  settings: Map<string, string>
  /** Of each partition. */
  copies: number[]
}

async function present(cluster: Cluster, topics: readonly NewTopic[]): Promise<Map<string, Present>> {
  await cluster.addMultipleTargetTopics(topics.map(({ topic }) => topic))
  const controller = (await cluster.findControllerBroker()) as Controller
  const resources = topics.map((topic) => {
    return { type: TOPIC_RESOURCE, name: topic.topic, configNames: Object.keys(settingsOf(topic)) }
  })
  const described = await controller.describeConfigs({ resources })
  return new Map(
    described.resources.map(({ resourceName, configEntries }) => {
      const settings = new Map(configEntries.map(({ configName, configValue }) => [configName, configValue]))
      const copies = cluster.findTopicPartitionMetadata(resourceName).map(({ replicas }) => replicas.length)
      return [resourceName, { settings, copies }]
    }),
  )
}
