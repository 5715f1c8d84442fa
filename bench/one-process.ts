import type { TopicNames } from '#domain/topics.ts'
import { printTrouble } from '#platform/log-line.ts'
import type { DevKeys } from '../scripts/dev/keys.ts'
import { readLocalConfig } from '../scripts/system/config.ts'
import { startSystem } from '../scripts/system/system.ts'
import type { BenchSystem, Servers } from './measure.ts'
import type { Watch } from './watch.ts'

/** Runs the whole system in this process, so that one clock measures every call to the log and the store. */
export async function startInOneProcess(
  { brokers, mongodbUri }: Servers,
  keys: DevKeys,
  topics: TopicNames,
  watch: Watch,
): Promise<BenchSystem> {
  const database = new URL(mongodbUri)
  database.pathname = `/${topics.requests}`
  const config = readLocalConfig({
    EDGE_PORT: '0',
    PROXY_PORT: '0',
    PROCESSOR_PORT: '0',
    KAFKA_BROKERS: brokers,
    KAFKA_REPLICATION: '1',
    MONGODB_URI: database.href,
    ALLOW_PAST_DATES: 'false',
    RATE_LIMIT_PER_MINUTE: '0',
  })
  const { ports, close } = await startSystem(config, keys, printTrouble, { topics, watch })
  return { url: `http://127.0.0.1:${ports.edge}`, close }
}
