import { decodeEvent, isOurs } from '#domain/envelope.ts'
import type { Event } from '#domain/event.ts'
import { type Log, LogError, type Message } from '#log/log.ts'
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

/**
 * Reads the log of record from a vector on, without a group, until the signal aborts. Each partition waits until its events have
 * been taken, so memory holds one batch of each whatever the reader does; a partition that has lost its place to retention
 * goes on at its beginning.
 */
export async function tail(
  log: Log,
  topic: string,
  vector: Vector,
  signal: AbortSignal,
  take: (events: Event[]) => Promise<void>,
): Promise<void> {
  const follow = async (_: number, partition: number) => {
    while (!signal.aborted) {
      const messages = await read(log, topic, partition, vector)
      if (signal.aborted || messages.length === 0) continue
      vector[partition] = messages.at(-1)!.offset + 1
      await take(messages.flatMap(eventIn))
    }
  }
  await Promise.all(vector.map(follow))
}

async function read(log: Log, topic: string, partition: number, vector: Vector): Promise<Message[]> {
  try {
    return await log.read({ topic, partition, offset: vector[partition]! }, BATCH, WAIT_MS)
  } catch (error) {
    if (!(error instanceof LogError) || error.code !== 'out_of_range') throw error
    vector[partition] = (await log.bounds(topic))[partition]!.first
    return []
  }
}

/** What cannot be read lies among the dead letters already. */
function eventIn(message: Message): Event[] {
  try {
    const text = received(message)
    return isOurs(text) ? [decodeEvent(text)] : []
  } catch {
    return []
  }
}
