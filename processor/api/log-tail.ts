import { decodeEvent, isOurs } from '#domain/envelope.ts'
import type { Event } from '#domain/event.ts'
import { type Log, LogError, type Message, type Position } from '#log/log.ts'
import { received } from '../received.ts'

/** Where a reader of the whole log of record stands: the next offset of each partition. As text, `12.0.7`. */
export type Vector = number[]

export const formatVector = (vector: Vector): string => vector.join('.')

/** Null if it is not one of ours. */
export function parseVector(text: string, partitions: number): Vector | null {
  const parts = text.split('.')
  return parts.length === partitions && parts.every((part) => /^\d{1,15}$/.test(part)) ? parts.map(Number) : null
}

export async function endOf(log: Log, topic: string): Promise<Vector> {
  return (await log.bounds(topic)).map(({ end }) => end)
}

const BATCH = 100
const WAIT_MS = 10_000

/** One message of the log of record; without an event where it is none of ours. */
export interface Passed {
  partition: number
  offset: number
  event: Event | undefined
}

/**
 * Reads the log of record from a vector on, without a group, until the signal aborts. Each partition waits until what it has
 * read is taken, so memory holds one batch of each whatever the reader does; a partition that has lost its place to retention
 * goes on at its beginning.
 */
export async function tail(
  log: Log,
  topic: string,
  from: Vector,
  signal: AbortSignal,
  take: (passed: Passed) => Promise<void>,
): Promise<void> {
  const follow = async (start: number, partition: number) => {
    let next = start
    while (!signal.aborted) {
      const { messages, first } = await read(log, { topic, partition, offset: next })
      next = messages.length > 0 ? messages.at(-1)!.offset + 1 : (first ?? next)
      for (const message of messages) {
        if (signal.aborted) return
        await take({ partition, offset: message.offset, event: eventIn(message) })
      }
    }
  }
  await Promise.all(from.map(follow))
}

async function read(log: Log, at: Position): Promise<{ messages: Message[]; first?: number }> {
  try {
    return { messages: await log.read(at, BATCH, WAIT_MS) }
  } catch (error) {
    if (!(error instanceof LogError) || error.code !== 'out_of_range') throw error
    return { messages: [], first: (await log.bounds(at.topic))[at.partition]!.first }
  }
}

/** What cannot be read lies among the dead letters already. */
function eventIn(message: Message): Event | undefined {
  try {
    const text = received(message)
    return isOurs(text) ? decodeEvent(text) : undefined
  } catch {
    return undefined
  }
}
