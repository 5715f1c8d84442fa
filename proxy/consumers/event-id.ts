import { type Log, MAX_SEND, type Message } from '#log/log.ts'
import { badRequest } from '../http/errors.ts'

/** By partition, the offset after the last message that a reader has received. */
export type ReadOffsets = Map<number, number>

/** The id of a server-sent event: `partition:offset` of each partition, separated by commas. */
export const formatEventId = (offsets: ReadOffsets): string =>
  Array.from(offsets, ([partition, offset]) => `${partition}:${offset}`).join(',')

const EVENT_ID = /^\d{1,5}:\d{1,15}(,\d{1,5}:\d{1,15})*$/

export function parseEventId(id: string | undefined, partitions: number): ReadOffsets {
  if (id === undefined || id === '') return new Map()
  const offsets = EVENT_ID.test(id)
    ? id.split(',').map((entry) => entry.split(':').map(Number) as [number, number])
    : []
  if (offsets.length > 0 && offsets.every(([partition]) => partition < partitions)) return new Map(offsets)
  throw badRequest('Last-Event-ID is not an event id of this topic')
}

/** Drops offsets past the end: they come from a deleted topic of the same name. */
export async function existingOffsets(log: Log, topic: string, offsets: ReadOffsets): Promise<ReadOffsets> {
  if (offsets.size === 0) return offsets
  const bounds = await log.bounds(topic)
  return new Map([...offsets].filter(([partition, offset]) => offset <= bounds[partition]!.end))
}

/**
 * Reads what the group has committed and the reader has not received, because its connection broke. Another member may have
 * received it too: delivery is at least once.
 */
export async function* missedMessages(
  log: Log,
  group: string,
  topic: string,
  offsets: ReadOffsets,
): AsyncGenerator<Message[]> {
  const [committed, bounds] = await Promise.all([log.committed(group, topic), log.bounds(topic)])
  for (const [partition, offset] of offsets) {
    const end = Math.min(committed[partition]!, bounds[partition]!.end)
    let next = Math.max(offset, bounds[partition]!.first)
    while (next < end) {
      const messages = await log.read({ topic, partition, offset: next }, MAX_SEND, 0)
      const missed = messages.filter((message) => message.offset < committed[partition]!)
      if (missed.length === 0) break
      yield missed
      next = messages.at(-1)!.offset + 1
    }
  }
}
