import type { BookingEvent } from './event.ts'

/** The channels that reach people. `processor/channels/` has the entry of each. */
export const CHANNEL_NAMES = ['in-app'] as const
export type ChannelName = (typeof CHANNEL_NAMES)[number]

/** Notifies a person of an event through a channel. */
export interface Deliver {
  type: 'deliver'
  /** `<eventId>:<recipient>`: one for each event and recipient, the same in every channel. */
  id: string
  channel: ChannelName
  userId: string
  event: BookingEvent
}

/**
 * What a reaction to an event wants done, as data. The id derives from the event's, so the effect of a repeated event is
 * recognized.
 */
export type Effect = Deliver
