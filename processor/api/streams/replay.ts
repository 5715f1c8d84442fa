import { type Log, LogError, type Message } from '#log/log.ts'
import { type Audience, type Decode, type Item, mentions } from './entry.ts'
import { type LogIdentity, parseId, type Vector } from './position.ts'

/** Where a stream begins. */
export interface Start {
  vector: Vector
  /** Why it does not begin where the client was; the client must read its state again. */
  reset?: ResetReason
}

/** `unknown`: the position is not one of this log. `too_far_back`: too many messages lie between, or some are deleted. */
export type ResetReason = 'unknown' | 'too_far_back'

export interface ReplayDeps {
  log: Log
  topic: string
  decode: Decode
  /** The most messages that one client may be behind. */
  maxMessages: number
}

/** @param tail the position and identity of the tail that the stream has joined */
export async function startOf(
  lastEventId: string | undefined,
  tail: { position: Vector; identity: LogIdentity },
  { log, topic, maxMessages }: ReplayDeps,
): Promise<Start> {
  const { position, identity } = tail
  if (!lastEventId) return { vector: position }
  const id = parseId(lastEventId, position.length)
  if (!id) return { vector: position, reset: 'unknown' }
  const { vector, tag } = id
  if (vector.every((offset, n) => offset === position[n]) && (tag ?? identity.tagOf(vector)) === identity.tagOf(vector))
    return { vector }
  const bounds = await log.bounds(topic)
  // The tail of another process may be ahead of this one, and the identity may cover a message that this tail has not read.
  const isAhead = vector.some((offset, n) => offset > position[n]!)
  const isOurs = tag === undefined || isAhead || tag === identity.tagOf(vector)
  if (!isOurs || vector.some((offset, n) => offset > bounds[n]!.end)) return { vector: position, reset: 'unknown' }
  const isDeleted = vector.some((offset, n) => offset < bounds[n]!.first)
  if (isDeleted || distance(vector, position) > maxMessages) return { vector: position, reset: 'too_far_back' }
  return { vector }
}

/** How many messages lie between two positions. */
export const distance = (from: Vector, to: Vector): number =>
  from.reduce((sum, offset, n) => sum + Math.max(0, to[n]! - offset), 0)

const BATCH = 100

export interface Replayed {
  /** Behind the message. */
  vector: Vector
  items: readonly Item[]
}

/** What the messages between two positions are to an audience, partition by partition. Messages of others are not decoded. */
export async function* replay(
  audience: Audience,
  from: Vector,
  to: Vector,
  { log, topic, decode }: ReplayDeps,
): AsyncGenerator<Replayed> {
  const vector = [...from]
  for (const [partition, end] of to.entries()) {
    while (vector[partition]! < end) {
      const messages = await read(log, { topic, partition, offset: vector[partition]! })
      for (const message of messages.filter(({ offset }) => offset < end)) {
        vector[partition] = message.offset + 1
        const items = mentions(audience, message) ? decode(message).filter((item) => item.audience === audience) : []
        if (items.length > 0) yield { vector: [...vector], items }
      }
      if (messages.length === 0 || messages.at(-1)!.offset >= end) vector[partition] = Math.max(vector[partition]!, end)
    }
  }
}

/** Nothing if the messages were deleted a moment ago. */
async function read(log: Log, at: Parameters<Log['read']>[0]): Promise<Message[]> {
  try {
    return await log.read(at, BATCH, 0)
  } catch (error) {
    if (error instanceof LogError && error.code === 'out_of_range') return []
    throw error
  }
}
