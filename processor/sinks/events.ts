import { decodeEvent } from '#domain/dialects/registry.ts'
import { isOurs } from '#domain/envelope.ts'
import type { Event } from '#domain/event.ts'
import type { Handler, Message } from '#log/log.ts'
import { groupHandler, type GroupHandlerOptions } from '../group-handler.ts'
import { received } from '../received.ts'

/** An event with its position in the log of record. */
export interface Located<E extends Event> {
  event: E
  partition: number
  offset: number
}

export type LocatedEvent = Located<Event>

/** A sink's whole work on one batch. It may be repeated, for the batch and for any event in it. */
export type Sink = (events: LocatedEvent[], partition: number) => Promise<void>

/** The handler of every group on the log of record: it hands our own events to the sink. */
export function eventHandler(sink: Sink, options: Omit<GroupHandlerOptions<Event>, 'decode' | 'work'>): Handler {
  return groupHandler({
    ...options,
    decode: ownEvent,
    work: (located, from) =>
      sink(
        located.map(({ message: { partition, offset }, content }) => ({ event: content, partition, offset })),
        from,
      ),
  })
}

function ownEvent(message: Message): Event | undefined {
  const text = received(message)
  return isOurs(text) ? decodeEvent(text) : undefined
}
