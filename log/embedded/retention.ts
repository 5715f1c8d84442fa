import type { Tables } from './tables.ts'
import type { Partition, EmbeddedTopics } from './topics.ts'

/** Messages per transaction: to delete a month at once would block every send. */
const SLICE = 10_000

/** Deletes expired messages, one slice per partition; true if more are left. */
export function trimSlice(topics: EmbeddedTopics, tables: Tables, now: number): boolean {
  let more = false
  for (const { partitions, retentionMs } of topics.all()) {
    if (retentionMs === null) continue
    for (const partition of partitions) {
      const keep = tables.firstSince(partition, now - retentionMs) ?? partition.end
      more = trimPartition(partition, keep, tables) || more
    }
  }
  return more
}

function trimPartition(partition: Partition, keep: number, tables: Tables): boolean {
  if (keep <= partition.first) return false
  const first = Math.min(keep, partition.first + SLICE)
  tables.trim(partition, first)
  partition.first = first
  return first < keep
}
