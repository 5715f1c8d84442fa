import { PARTITIONS, plannedTopics, type Topics } from '#domain/topics.ts'
import type { Log } from '#log/log.ts'

/**
 * Makes the topics that are missing, with as many partitions as the topic of commands has where that is there; those that are
 * there stay as they are. Tells what differs from the plan: somebody may have raised the partitions of all of them.
 */
export async function makeTopics(log: Log, topics: Topics, tell: (difference: string) => void): Promise<void> {
  const present = new Map((await log.topics()).map(({ topic, partitions }) => [topic, partitions]))
  const common = present.get(topics.requests) ?? PARTITIONS
  const planned = plannedTopics(topics).map((plan) => ({ ...plan, partitions: present.get(plan.topic) ?? common }))
  const differing = planned.filter(({ partitions }) => partitions !== PARTITIONS)
  for (const { topic, partitions } of differing)
    tell(`${topic} has ${partitions} partitions; the plan says ${PARTITIONS}`)
  await log.createTopics(planned)
}
