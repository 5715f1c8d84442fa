import type { Log } from '#log/log.ts'

/** Whether the group has committed every message of the topic. */
export async function isDone(log: Log, group: string, topic: string): Promise<boolean> {
  const [bounds, committed] = await Promise.all([log.bounds(topic), log.committed(group, topic)])
  return bounds.every(({ end, partition }) => end === 0 || committed[partition] === end)
}
