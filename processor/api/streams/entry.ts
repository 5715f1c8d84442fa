import { decodeEvent } from '#domain/dialects/registry.ts'
import { isOurs } from '#domain/envelope.ts'
import type { Event } from '#domain/event.ts'
import { type Notification, notificationsIn } from '#domain/notification.ts'
import { notify } from '#domain/reactions/notify.ts'
import type { Message } from '#log/log.ts'
import { received } from '../../received.ts'

/** One message of the log of record, decoded once for all readers. */
export interface Entry {
  partition: number
  offset: number
  /** Absent if the message is not ours or cannot be decoded; readers then only move past it. */
  event: Event | undefined
  /** For the recipients of the event. */
  notifications: readonly Notification[]
}

export type Decode = (message: Message) => Entry

export function entryOf(message: Message): Entry {
  const { partition, offset } = message
  const event = eventIn(message)
  return { partition, offset, event, notifications: event ? notificationsIn(notify(event)) : [] }
}

/** The sinks have written a message that cannot be decoded to the dead letters. */
function eventIn(message: Message): Event | undefined {
  try {
    const text = received(message)
    return isOurs(text) ? decodeEvent(text) : undefined
  } catch {
    return undefined
  }
}
