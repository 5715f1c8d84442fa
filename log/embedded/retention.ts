import type { Tables } from './tables.ts'
import type { Partition, Topics } from './topics.ts'

/** A slice per transaction: to delete a month at once would hold up everybody who sends. */
const SLICE = 10_000

/** Deletes what every topic no longer has to keep, a slice per partition; true if there is more. */
export function trimSlice(topics: Topics, tables: Tables, now: number): boolean {
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
