import { PARTITIONS, plannedTopics, type TopicNames } from '#domain/topics.ts'
import type { Log } from '#log/log.ts'

/**
 * Creates the missing topics, with as many partitions as the topic of commands has, if it exists. Existing topics stay as they are.
 * @param warn called with each number of partitions that differs from the plan: an operator may have raised it
 */
export async function createMissingTopics(
  log: Log,
  topics: TopicNames,
  warn: (difference: string) => void,
): Promise<void> {
  const present = new Map((await log.topics()).map(({ topic, partitions }) => [topic, partitions]))
  const common = present.get(topics.requests) ?? PARTITIONS
  const planned = plannedTopics(topics).map((plan) => ({ ...plan, partitions: present.get(plan.topic) ?? common }))
  const differing = planned.filter(({ partitions }) => partitions !== PARTITIONS)
  for (const { topic, partitions } of differing)
    warn(`${topic} has ${partitions} partitions; the plan says ${PARTITIONS}`)
  await log.createTopics(planned)
}
