import type { Log, Message } from '#log/log.ts'
import { MAX_SEND } from '#log/log.ts'
import { badRequest } from '../http/errors.ts'

/** By partition, the offset behind the last message that a reader has. What it never saw is not in it. */
export type Seen = Map<number, number>

/** The id of an event: `partition:offset`, with commas between. */
export const formatSeen = (seen: Seen): string =>
  Array.from(seen, ([partition, offset]) => `${partition}:${offset}`).join(',')

const ID = /^\d{1,5}:\d{1,15}(,\d{1,5}:\d{1,15})*$/

export function parseSeen(id: string | undefined, partitions: number): Seen {
  if (id === undefined || id === '') return new Map()
  const entries = ID.test(id) ? id.split(',').map((entry) => entry.split(':').map(Number) as [number, number]) : []
  if (entries.length > 0 && entries.every(([partition]) => partition < partitions)) return new Map(entries)
  throw badRequest('Last-Event-ID is not one of ours')
}

/** Whoever has seen more than there is has seen another topic of that name: its messages are not those to come. */
export async function seenIn(log: Log, topic: string, seen: Seen): Promise<Seen> {
  if (seen.size === 0) return seen
  const bounds = await log.bounds(topic)
  return new Map([...seen].filter(([partition, offset]) => offset <= bounds[partition]!.end))
}

/**
 * What a reader has missed although its group has committed it: it was on its way when the connection broke. Others of the
 * group may have been given it meanwhile; rather twice than not at all.
 */
export async function* missed(log: Log, group: string, topic: string, seen: Seen): AsyncGenerator<Message[]> {
  const [committed, bounds] = await Promise.all([log.committed(group, topic), log.bounds(topic)])
  for (const [partition, offset] of seen) {
    let next = Math.max(offset, bounds[partition]!.first)
    while (next < Math.min(committed[partition]!, bounds[partition]!.end)) {
      const messages = await log.read({ topic, partition, offset: next }, MAX_SEND, 0)
      const rest = messages.filter((message) => message.offset < committed[partition]!)
      if (rest.length === 0) break
      yield rest
      next = messages.at(-1)!.offset + 1
    }
  }
}
