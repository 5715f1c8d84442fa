import type { Log } from '#log/log.ts'
import type { Instances } from './instances.ts'

/** Of groups and topics together: whoever has more reads them from Kafka. */
const MOST = 100

interface Lag {
  group: string
  topic: string
  partition: number
  lag: number
}

/** How far the groups of the instances here are behind. What the log does not tell now is left out. */
export async function lagsOf(log: Log, instances: Instances): Promise<Lag[]> {
  const pairs = new Map<string, [group: string, topic: string]>()
  for (const { options } of instances.all()) {
    for (const topic of options.topics) pairs.set(JSON.stringify([options.group, topic]), [options.group, topic])
  }
  const told = await Promise.allSettled(
    pairs
      .values()
      .take(MOST)
      .map(([group, topic]) => lagOf(log, group, topic)),
  )
  return told.flatMap((result) => (result.status === 'fulfilled' ? result.value : []))
}

async function lagOf(log: Log, group: string, topic: string): Promise<Lag[]> {
  const [bounds, committed] = await Promise.all([log.bounds(topic), log.committed(group, topic)])
  return bounds.map(({ partition, first, end }) => {
    return { group, topic, partition, lag: Math.max(0, end - Math.max(first, committed[partition]!)) }
  })
}
