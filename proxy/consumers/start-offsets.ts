import type { Batch, Lease, Log } from '#log/log.ts'
import { Problem } from '../http/errors.ts'

/** Where a group begins on a partition of which it has committed nothing. */
export type OffsetReset = 'earliest' | 'latest' | 'none'

/** By topic and partition: the end as it was when the instance was made. */
export type Starts = Map<string, number[]>

/** Also finds out whether the topics are there at all. */
export async function startsOf(
  log: Log,
  group: string,
  topics: readonly string[],
  reset: OffsetReset,
): Promise<Starts> {
  const found = await Promise.all(topics.map((topic) => startOf(log, group, topic, reset)))
  return new Map(topics.flatMap((topic, i) => (found[i] ? [[topic, found[i]]] : [])))
}

async function startOf(log: Log, group: string, topic: string, reset: OffsetReset): Promise<number[] | undefined> {
  const [bounds, committed] = await Promise.all([log.bounds(topic), log.committed(group, topic)])
  if (reset === 'earliest') return undefined
  if (reset === 'none' && committed.includes(-1)) throw new Problem(400, `${group} has committed nothing on ${topic}`)
  return bounds.map(({ end }) => end)
}

/**
 * The log starts at the oldest message where nothing is committed. For `latest` the end is committed before the first
 * message is handed out, so that no other instance of the group starts elsewhere, and what lies before is left out.
 */
export async function skipToStart(log: Log, group: string, starts: Starts, batch: Batch, lease: Lease): Promise<Batch> {
  const { topic, partition, messages } = batch
  const start = starts.get(topic)?.[partition] ?? 0
  if (messages[0]!.offset >= start) return batch
  const committed = (await log.committed(group, topic))[partition]!
  if (committed !== -1 && committed !== start) return batch
  if (committed === -1) await lease.commit(start - 1)
  return { ...batch, messages: messages.filter(({ offset }) => offset >= start) }
}
