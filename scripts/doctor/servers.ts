/** Checks that Kafka and MongoDB of the settings are reachable and suitable. */
import { deadLetterTopicOf, PARTITIONS, plannedTopics, type TopicNames } from '#domain/topics.ts'
import type { KafkaInspection, TopicInspection } from '#log/kafka/inspect.ts'
import { brokersIn, kafkaSettingsOf, type LogEnvironment } from '#log/open.ts'
import type { MongodbInspection } from '#store/mongodb/inspect.ts'
import { type StoreEnvironment, uriIn } from '#store/open.ts'
import { type Finding, ok, warning, wrong } from './report.mjs'

const LIMIT_MS = 5_000

export interface Servers extends LogEnvironment, StoreEnvironment {
  topics: TopicNames
  isDev: boolean
}

/** Returns no findings for servers that the settings do not name. */
export async function checkServers(servers: Servers, limitMs = LIMIT_MS): Promise<Finding[]> {
  return (await Promise.all([checkKafka(servers, limitMs), checkMongodb(servers, limitMs)])).flat()
}

async function checkKafka(servers: Servers, limitMs: number): Promise<Finding[]> {
  const brokers = brokersIn(servers)
  if (!brokers) return []
  // Imported only if Kafka is configured.
  const { inspectKafka } = await import('#log/kafka/inspect.ts')
  const planned = plannedTopics(servers.topics).map(({ topic }) => topic)
  try {
    const look = await inspectKafka(kafkaSettingsOf(servers, brokers), planned, limitMs)
    const copies = servers.KAFKA_REPLICATION ?? (servers.isDev ? 1 : 3)
    return [brokersFinding(brokers, look, copies), ...topicFindings(look.topics, servers.topics, copies)]
  } catch (error) {
    return [unreachable('kafka', error, 'start it, or correct KAFKA_BROKERS')]
  }
}

function brokersFinding(at: readonly string[], { brokers, version }: KafkaInspection, copies: number): Finding {
  const count = `${brokers} ${brokers === 1 ? 'broker' : 'brokers'}`
  const message = `responds at ${at.join(', ')} (${count}${version === undefined ? '' : `, version ${version}`})`
  if (brokers >= copies) return ok('kafka', message)
  const remedy = `start ${copies - brokers} more, or set KAFKA_REPLICATION to ${brokers}`
  return wrong('kafka', `${message}, too few for ${copies} copies of a message`, remedy)
}

/** Pure. Compares the existing topics with the planned ones. */
export function topicFindings(found: readonly TopicInspection[], topics: TopicNames, copies: number): Finding[] {
  const planned = plannedTopics(topics).map(({ topic }) => topic)
  const missing = planned.filter((topic) => !found.some((look) => look.topic === topic))
  const findings = [...unequal(found, topics), ...found.flatMap((look) => copiesOf(look, copies))]
  const there = missing.length === 0 ? 'all exist' : `${missing.join(', ')} will be created when the processor starts`
  return findings.length > 0 ? findings : [ok('topics', `${there}${partitionsOf(found)}`)]
}

const partitionsOf = ([one]: readonly TopicInspection[]): string =>
  one === undefined || one.partitions === PARTITIONS ? '' : `, with ${one.partitions} partitions each`

/** The processor requires topics of equal size, because a listing's commands and events use the same partition number. */
function unequal(found: readonly TopicInspection[], { requests, bookings }: TopicNames): Finding[] {
  const both = [requests, bookings]
  const counts = new Map(found.map(({ topic, partitions }) => [topic, partitions]))
  const most = Math.max(0, ...counts.values())
  const fewer = [...both, ...both.map(deadLetterTopicOf)].filter((topic) => (counts.get(topic) ?? most) < most)
  return fewer.map((topic) =>
    wrong(
      'topics',
      `${topic} has ${counts.get(topic)} partitions, but another of ${[...counts.keys()].join(', ')} has ${most}`,
      `kafka-topics --alter --topic ${topic} --partitions ${most}, as in docs/operate.md`,
    ),
  )
}

function copiesOf({ topic, copies: there, inSync }: TopicInspection, copies: number): Finding[] {
  if (there < copies) {
    const remedy = 'use kafka-reassign-partitions, or set KAFKA_REPLICATION to the wanted number'
    return [warning('topics', `${topic} has ${there} of ${copies} copies`, remedy)]
  }
  if (inSync >= there) return []
  return [warning('topics', `${topic} has ${inSync} of ${there} copies in sync`, 'check that every broker runs')]
}

async function checkMongodb(servers: Servers, limitMs: number): Promise<Finding[]> {
  const uri = uriIn(servers)
  if (!uri) return []
  const { inspectMongodb } = await import('#store/mongodb/inspect.ts')
  try {
    return [mongodbFinding(await inspectMongodb(uri, limitMs))]
  } catch (error) {
    return [unreachable('mongodb', error, 'start it, or correct MONGODB_URI')]
  }
}

const OLDEST = 7

/** Pure. */
export function mongodbFinding({ version, replicaSet, writable }: MongodbInspection): Finding {
  const message = `responds (version ${version}, ${replicaSet ? `replica set ${replicaSet}` : 'a single server'})`
  if (Number.parseInt(version, 10) < OLDEST) return wrong('mongodb', message, `use version ${OLDEST} or newer`)
  if (!writable) return wrong('mongodb', `${message} but rejects writes`, 'name the whole replica set in MONGODB_URI')
  return ok('mongodb', message)
}

/** Splits a message that ends with its remedy. */
function unreachable(what: string, error: unknown, otherwise: string): Finding {
  const { message: text } = error as Error
  const [, message, remedy] = /^(?!MONGODB_URI)([^]*?): ((?:check|set) [^]*)$/.exec(text) ?? []
  return wrong(what, message ?? text.replace(/^MONGODB_URI: /, ''), remedy ?? otherwise)
}
