import { decodeEvent } from '#domain/dialects/registry.ts'
import { isOurs } from '#domain/envelope.ts'
import type { Event } from '#domain/event.ts'
import { notificationsIn } from '#domain/notification.ts'
import { notify } from '#domain/reactions/notify.ts'
import type { Message } from '#log/log.ts'
import { received } from '../../received.ts'

/** What a stream is about: every event, or the notifications of one person. Streams are found by it. */
export type Audience = 'events' | `notifications of ${string}`

export const notificationsOf = (userId: string): Audience => `notifications of ${userId}`

/** What one message of the log of record is to one audience. */
export interface Item {
  audience: Audience
  /** The name of the server-sent event. */
  event: string
  content: object
}

export type Decode = (message: Message) => Item[]

/** For every audience of the message; nothing if the message is not ours or cannot be decoded. */
export function itemsIn(message: Message): Item[] {
  const event = eventIn(message)
  if (!event) return []
  const notifications = notificationsIn(notify(event)).map((notification): Item => {
    return { audience: notificationsOf(notification.userId), event: 'notification', content: notification }
  })
  return [{ audience: 'events', event: event.type, content: event }, ...notifications]
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

/** Whether a message can concern a person. Searching its bytes for the id costs a hundredth of decoding it. */
export function mentions(audience: Audience, { value }: Message): boolean {
  if (audience === 'events') return true
  const userId = audience.slice('notifications of '.length)
  return Buffer.from(value ?? []).includes(JSON.stringify(userId).slice(1, -1))
}
