import type { Batch, Lease, Log } from '#log/log.ts'
import { HttpError } from '../http/errors.ts'

/** Where a group without a committed offset starts. `none` rejects such a group. */
export type OffsetReset = 'earliest' | 'latest' | 'none'

/** By topic and partition: the end offset at the time the instance was created. Topics that start at the oldest message are absent. */
export type StartOffsets = Map<string, number[]>

/** Rejects with 404 if a topic does not exist. */
export async function readStartOffsets(
  log: Log,
  group: string,
  topics: readonly string[],
  reset: OffsetReset,
): Promise<StartOffsets> {
  const offsets = await Promise.all(topics.map((topic) => startOffsetsOf(log, group, topic, reset)))
  return new Map(topics.flatMap((topic, i) => (offsets[i] ? [[topic, offsets[i]]] : [])))
}

async function startOffsetsOf(
  log: Log,
  group: string,
  topic: string,
  reset: OffsetReset,
): Promise<number[] | undefined> {
  const [bounds, committed] = await Promise.all([log.bounds(topic), log.committed(group, topic)])
  if (reset === 'earliest') return undefined
  if (reset === 'none' && committed.includes(-1)) {
    throw new HttpError(400, `group ${group} has no committed offset on topic ${topic}`)
  }
  return bounds.map(({ end }) => end)
}

/**
 * Drops the messages before the start offset. The log starts a new group at the oldest message; so the start offset is
 * committed before the first delivery, and every other instance of the group starts there too.
 */
export async function dropBeforeStart(
  log: Log,
  group: string,
  starts: StartOffsets,
  batch: Batch,
  lease: Lease,
): Promise<Batch> {
  const { topic, partition, messages } = batch
  const start = starts.get(topic)?.[partition] ?? 0
  if (messages[0]!.offset >= start) return batch
  const committed = (await log.committed(group, topic))[partition]!
  if (committed !== -1 && committed !== start) return batch
  if (committed === -1) await lease.commit(start - 1)
  return { ...batch, messages: messages.filter(({ offset }) => offset >= start) }
}
