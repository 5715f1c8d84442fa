import { decodeEvent } from '#domain/dialects/registry.ts'
import { isOurs } from '#domain/envelope.ts'
import type { Event } from '#domain/event.ts'
import type { Handler, Log } from '#log/log.ts'
import { sendDeadLetters, sift } from '../dead-letters.ts'
import { received } from '../received.ts'

export interface LocatedEvent {
  event: Event
  partition: number
  offset: number
}

/** A sink's whole work on one batch; it must bear repetition of the batch and of any event in it. */
export type Sink = (events: LocatedEvent[], partition: number) => Promise<void>

/** The one shape of every group on the log of record: our events to the sink, what is broken to the dead letters, commit. */
export function eventHandler(log: Log, group: string, sink: Sink): Handler {
  return async (batch, lease) => {
    const { good, poison } = sift(batch.messages, (message) => {
      const text = received(message)
      return isOurs(text) ? decodeEvent(text) : undefined
    })
    await sendDeadLetters(log, group, poison)
    const events = good.map(({ message: { partition, offset }, content }) => ({ event: content, partition, offset }))
    await sink(events, batch.partition)
    await lease.commit(batch.messages.at(-1)!.offset)
  }
}
