import type { Log } from '#log/log.ts'
import type { Instances } from './instances.ts'

/** Pairs of group and topic that are reported; the rest can be read from Kafka. */
const MAX_PAIRS = 100

interface Lag {
  group: string
  topic: string
  partition: number
  lag: number
}

/** The lag of every group that has an instance here. Pairs for which the log does not answer are left out. */
export async function lagsOf(log: Log, instances: Instances): Promise<Lag[]> {
  const pairs = new Map<string, [group: string, topic: string]>()
  for (const { options } of instances.all()) {
    for (const topic of options.topics) pairs.set(JSON.stringify([options.group, topic]), [options.group, topic])
  }
  const reported = pairs.values().take(MAX_PAIRS)
  const results = await Promise.allSettled(reported.map(([group, topic]) => lagOf(log, group, topic)))
  return results.flatMap((result) => (result.status === 'fulfilled' ? result.value : []))
}

async function lagOf(log: Log, group: string, topic: string): Promise<Lag[]> {
  const [bounds, committed] = await Promise.all([log.bounds(topic), log.committed(group, topic)])
  return bounds.map(({ partition, first, end }) => {
    return { group, topic, partition, lag: Math.max(0, end - Math.max(first, committed[partition]!)) }
  })
}
