import { type Log, MAX_SEND, type Message } from '#log/log.ts'

/** By partition, the offset after the last message that a reader has received. */
export type ReadOffsets = Map<number, number>

/** The id of a server-sent event: `partition:offset` of each partition, separated by commas. */
export const formatEventId = (offsets: ReadOffsets): string =>
  Array.from(offsets, ([partition, offset]) => `${partition}:${offset}`).join(',')

const EVENT_ID = /^\d{1,5}:\d{1,15}(,\d{1,5}:\d{1,15})*$/

/** Where a reader resumes. */
export interface Resumed {
  offsets: ReadOffsets
  /** Whether the event id is not of this topic, or of a deleted topic of the same name, so that there may be a gap. */
  isReset: boolean
}

/** An `EventSource` repeats its last id for ever and gives up at an error, so no id is an error. */
export async function resumedAt(log: Log, topic: string, id: string | undefined): Promise<Resumed> {
  if (id === undefined || id === '') return { offsets: new Map(), isReset: false }
  if (!EVENT_ID.test(id)) return { offsets: new Map(), isReset: true }
  const given = id.split(',').map((entry) => entry.split(':').map(Number) as [number, number])
  const bounds = await log.bounds(topic)
  const existing = given.filter(([partition, offset]) => offset <= (bounds[partition]?.end ?? -1))
  return { offsets: new Map(existing), isReset: existing.length < given.length }
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
