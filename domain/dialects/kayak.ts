import { z } from 'zod'
import { type Envelope, headersOf, parseJson, type Received } from '../envelope.ts'
import { type BookingEvent, Event, isBookingEvent, isListingEvent } from '../event.ts'
import type { Dialect } from './dialect.ts'

/** kayak's spelling: one topic, `bookings`, and one envelope for every event. It is the body of our log of record. */

/** In kayak's words a rejected or expired request frees the seat as a cancelled booking does. The header has the precise type. */
const COARSE: Readonly<Partial<Record<BookingEvent['type'], string>>> = {
  'booking.rejected': 'booking.cancelled',
  'booking.expired': 'booking.cancelled',
}

/** Its envelope; `data` has the fields of ours. */
export const kayak = {
  encodeEvent: (event) => ({
    eventType: isBookingEvent(event) ? (COARSE[event.type] ?? event.type) : event.type,
    timestamp: event.at,
    bookingId: isListingEvent(event) ? null : event.bookingId,
    userId: userOf(event),
    type: kindOf(event),
    itemId: event.listingId,
    data: dataOf(event),
  }),
} satisfies Dialect

/** An event as it lies on `bookings`. */
export function encodeEvent(event: Event): Envelope {
  const subject = isListingEvent(event) ? event.listingId : (event.bookingId ?? event.listingId)
  return {
    key: subject,
    value: JSON.stringify(kayak.encodeEvent(event)),
    headers: headersOf({
      id: event.id,
      type: event.type,
      subject,
      time: event.at,
      source: 'processor',
      trace: event.command.trace,
    }),
  }
}

function userOf(event: Event): string {
  if (isListingEvent(event)) return event.listing.ownerId
  return event.booking?.travelerId ?? event.actor.id
}

const kindOf = (event: Event) => (isListingEvent(event) ? event.listing.kind : (event.booking?.kind ?? null))

function dataOf(event: Event) {
  const { seq, actor, command } = event
  if (isListingEvent(event)) return { seq, actor, command, listing: event.listing, block: event.block }
  const { reason, booking } = event
  const previousStatus = isBookingEvent(event) ? event.previousStatus : (booking?.status ?? null)
  const state = { status: booking?.status ?? null, previousStatus, version: booking?.version ?? null }
  return { ...state, seq, reason, actor, command, booking }
}

const EventBody = z.looseObject({
  timestamp: z.string(),
  bookingId: z.string().nullable(),
  itemId: z.string(),
  data: z.looseObject({}),
})

/** The event as it was recorded; throws an error that says what is wrong with the message. */
export function decodeEvent({ value, headers }: Received): Event {
  const { timestamp, bookingId, itemId, data } = EventBody.parse(parseJson(value))
  const { seq, actor, command, listing, block, booking, reason, previousStatus } = data
  const type = headers.get('ce_type') ?? ''
  const common = { id: headers.get('ce_id'), type, seq, listingId: itemId, at: timestamp, actor, command }
  if (type.startsWith('listing.')) return Event.parse({ ...common, listing, ...(block !== undefined && { block }) })
  if (type === 'command.refused') return Event.parse({ ...common, bookingId, reason, booking })
  return Event.parse({ ...common, bookingId, previousStatus, reason, booking })
}
