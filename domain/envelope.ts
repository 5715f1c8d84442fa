import { z } from 'zod'
import type { Command } from './command.ts'
import { type BookingEvent, Event, isBookingEvent, isListingEvent } from './event.ts'
import { type Trace, traceHeaders } from './trace.ts'

/**
 * How commands and events travel: a body that the documents' consumers understand, and headers that say precisely what it is
 * (CloudEvents 1.0, Kafka binding, binary mode; and the two headers that airbnb's document has).
 */
export interface Envelope {
  key: string
  value: string
  headers: [name: string, value: string][]
}

/** What the log gives back, as text. */
export interface Received {
  value: string | null
  headers: ReadonlyMap<string, string>
}

/** Only messages with a source of ours are taken at their word. */
const OUR_SOURCES = '/reservoir/'

export const isOurs = (message: Received): boolean => message.headers.get('ce_source')?.startsWith(OUR_SOURCES) ?? false

export type Part = 'edge' | 'processor'

export interface Attributes {
  id: string
  type: string
  subject: string
  time: string
  part: Part
  trace?: Trace
}

export function headersOf({ id, type, subject, time, part, trace }: Attributes): Envelope['headers'] {
  return [
    ['event-type', type],
    ['timestamp', time],
    ['ce_specversion', '1.0'],
    ['ce_id', id],
    ['ce_type', type],
    ['ce_source', OUR_SOURCES + part],
    ['ce_subject', subject],
    ['ce_time', time],
    ['content-type', 'application/json'],
    ...traceHeaders(trace),
  ]
}

/** kayak's words: a rejected request frees the seat just as a cancelled booking does. The header has the precise one. */
const COARSE: Readonly<Partial<Record<BookingEvent['type'], string>>> = { 'booking.rejected': 'booking.cancelled' }

/** kayak's envelope, and what is ours in `data`. */
export function encodeEvent(event: Event): Envelope {
  const subject = isListingEvent(event) ? event.listingId : (event.bookingId ?? event.listingId)
  const body = {
    eventType: isBookingEvent(event) ? (COARSE[event.type] ?? event.type) : event.type,
    timestamp: event.at,
    bookingId: isListingEvent(event) ? null : event.bookingId,
    userId: userOf(event),
    type: kindOf(event),
    itemId: event.listingId,
    data: dataOf(event),
  }
  return {
    key: subject,
    value: JSON.stringify(body),
    headers: headersOf({
      id: event.id,
      type: event.type,
      subject,
      time: event.at,
      part: 'processor',
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
  if (isListingEvent(event)) return { seq, actor, command, listing: event.listing }
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

/** The event as it was recorded, or an error that says what is wrong with the message. */
export function decodeEvent({ value, headers }: Received): Event {
  const { timestamp, bookingId, itemId, data } = EventBody.parse(parseJson(value))
  const { seq, actor, command, listing, booking, reason, previousStatus } = data
  const type = headers.get('ce_type') ?? ''
  const common = { id: headers.get('ce_id'), type, seq, listingId: itemId, at: timestamp, actor, command }
  if (type.startsWith('listing.')) return Event.parse({ ...common, listing })
  if (type === 'command.refused') return Event.parse({ ...common, bookingId, reason, booking })
  return Event.parse({ ...common, bookingId, previousStatus, reason, booking })
}

export function parseJson(value: string | null): unknown {
  if (value === null) throw new SyntaxError('the message is empty')
  return JSON.parse(value)
}

export const headersOfCommand = (command: Command): Envelope['headers'] =>
  headersOf({
    id: command.id,
    type: command.type,
    subject: 'bookingId' in command ? command.bookingId : command.listingId,
    time: command.at,
    part: 'edge',
    trace: command.trace,
  })
