import { isDeepStrictEqual } from 'node:util'
import { decodeEvent } from '#domain/dialects/registry.ts'
import { isOurs } from '#domain/envelope.ts'
import type { Event } from '#domain/event.ts'
import { PARTITIONS, TOPICS } from '#domain/topics.ts'
import type { Message } from '#log/log.ts'
import type { Doc } from '#store/store.ts'
import { received } from '../received.ts'

/** The logs and documents that a run leaves behind, simulated or real. The invariants are checked on them. */
export interface Evidence {
  /** All messages of a partition, in order. */
  partition: (topic: string, partition: number) => readonly Message[]
  all: <T extends Doc>(collection: string) => T[]
  /** Chooses the partition to read next, because the order across partitions must not matter. */
  oneOf: (partitions: readonly number[]) => number
}

/** The log of record. */
export const BOOKINGS = TOPICS.bookings

/** The events of the log of record, each once, at its first position. */
export interface FirstEvents {
  events: { event: Event; partition: number; offset: number }[]
  violations: string[]
}

export function firstEvents(evidence: Evidence): FirstEvents {
  const next = Array.from({ length: PARTITIONS }, () => 0)
  const first: FirstEvents = { events: [], violations: [] }
  const byId = new Map<string, Event>()
  for (;;) {
    const open = next.flatMap((offset, p) => (offset < evidence.partition(BOOKINGS, p).length ? [p] : []))
    if (open.length === 0) return first
    const partition = evidence.oneOf(open)
    const message = evidence.partition(BOOKINGS, partition)[next[partition]!++]!
    const event = eventIn(message)
    if (event === 'foreign') continue
    if (event === 'unreadable') {
      first.violations.push(`I6 an event cannot be read: ${partition}/${message.offset}`)
      continue
    }
    const before = byId.get(event.id)
    if (before && !isDeepStrictEqual(before, event)) first.violations.push(`I6 a duplicate differs: ${event.id}`)
    if (before) continue
    byId.set(event.id, event)
    first.events.push({ event, partition, offset: message.offset })
  }
}

function eventIn(message: Message): Event | 'foreign' | 'unreadable' {
  try {
    return ownEventIn(message) ?? 'foreign'
  } catch {
    return 'unreadable'
  }
}

/** Undefined for a message of another producer; throws if the message is unreadable. */
export function ownEventIn(message: Message): Event | undefined {
  const text = received(message)
  return isOurs(text) ? decodeEvent(text) : undefined
}

export const everyMessage = (evidence: Evidence, topic: string): Message[] =>
  Array.from({ length: PARTITIONS }, (_, partition) => evidence.partition(topic, partition)).flat()
