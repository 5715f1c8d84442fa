import type { BookingEvent } from './event.ts'

/** What a reaction to an event wants done, as data. Its id is the same for a repeated event, so that a repetition is recognized. */
export type Effect = Deliver | Pay

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

/** What the payment gateway can be asked to do. A booking needs each of them at most once. */
export const PAYMENT_OPERATIONS = ['authorize', 'capture', 'void', 'refund'] as const
export type PaymentOperation = (typeof PAYMENT_OPERATIONS)[number]

/** Has the payment gateway carry out an operation, and reports its result to the booking. */
export interface Pay {
  type: 'pay'
  /** `<bookingId>:<operation>` */
  id: string
  operation: PaymentOperation
  /** Minor units. */
  amount: number
  event: BookingEvent
}
