import type { Booking } from '../booking.ts'
import { type Event, isListingEvent } from '../event.ts'
import type { Listing } from '../listing.ts'

/** The outcome of a command, for its sender. Kept for {@link RECEIPT_TTL_MS}. */
export interface Receipt {
  commandId: string
  bodyHash: string | null
  actorId: string
  outcome: Event['type']
  reason: string | null
  bookingId: string | null
  /** The booking after the command. For a refusal its present state, so that the answer can name the winner. */
  booking: Booking | null
  listing: Listing | null
  /** The position of the command's last event. */
  position: { partition: number; offset: number }
  at: string
}

export const RECEIPT_TTL_MS = 24 * 60 * 60 * 1000

/** Projection: the last event of a command is its receipt. */
export function receiptOf(event: Event, position: Receipt['position']): Receipt {
  const aboutListing = isListingEvent(event)
  return {
    commandId: event.command.id,
    bodyHash: event.command.bodyHash ?? null,
    actorId: event.actor.id,
    outcome: event.type,
    reason: aboutListing ? null : event.reason,
    bookingId: aboutListing ? null : event.bookingId,
    booking: aboutListing ? null : event.booking,
    listing: aboutListing ? event.listing : null,
    position,
    at: event.at,
  }
}

/** Whether the command had its effect. */
export const isGranted = ({ outcome }: Receipt): boolean =>
  outcome !== 'command.refused' && outcome !== 'booking.failed'
