import type { Log } from '#log/log.ts'
import { badRequest, Problem } from './problem.ts'

/** An unknown topic is a 404, a partition that it does not have a 400. */
export async function checkPartitions(
  log: Log,
  places: readonly { topic: string; partition: number }[],
): Promise<void> {
  if (places.length === 0) return
  const partitions = new Map((await log.topics()).map(({ topic, partitions }) => [topic, partitions]))
  for (const { topic, partition } of places) {
    const count = partitions.get(topic)
    if (count === undefined) throw new Problem(404, `there is no topic ${topic}`)
    if (partition < 0 || partition >= count)
      throw badRequest(`${topic} has no partition ${partition}, its last is ${count - 1}`)
  }
}
