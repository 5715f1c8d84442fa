import { z } from 'zod'
import { Actor } from './actor.ts'
import { Block } from './block.ts'
import { Booking, Status } from './booking.ts'
import { Instant } from './civil.ts'
import { Id } from './ids.ts'
import { Listing } from './listing.ts'
import { Trace } from './trace.ts'

/** Why a well-formed request could not become a booking. */
export const FAILURES = [
  'dates_unavailable',
  'too_many_guests',
  'too_many_bookings',
  'price_mismatch',
  'invalid_dates',
  'listing_withdrawn',
  'alias_taken',
] as const
export type FailureReason = (typeof FAILURES)[number]

/** Why a command of our own processes changed nothing. */
const INTERNAL_REFUSALS = [
  /** The time for it has not come. */
  'not_due',
  /** The owner has been reminded before. */
  'already_reminded',
  /** The payment is in another state: the result is late or repeated. */
  'payment_settled',
] as const

/** Whether no person can get this refusal. */
export const isInternal = (reason: string): reason is (typeof INTERNAL_REFUSALS)[number] =>
  INTERNAL_REFUSALS.some((internal) => internal === reason)

/** Why a command changed nothing. */
export const REFUSALS = [
  ...INTERNAL_REFUSALS,
  'unknown_listing',
  'unknown_booking',
  'not_yours',
  'booking_already_decided',
  'already_requested',
  'owner_does_not_decide',
  'version_mismatch',
  'listing_exists',
  'listing_withdrawn',
  /** The new capacity is less than what is booked on some day. */
  'capacity_taken',
  /** On some of the days something is booked. */
  'days_booked',
  'unknown_block',
  'too_many_blocks',
  /** Fields of the listing contradict each other. */
  'invalid_listing',
  /** The decider itself failed; the log of its process says how. */
  'undecidable',
] as const
export type Refusal = (typeof REFUSALS)[number]

/** The command that an event answers, and its position in the log. */
export const CommandRef = z.strictObject({
  id: Id,
  type: z.string(),
  partition: z.int(),
  offset: z.int(),
  bodyHash: z.string().optional(),
  trace: Trace.optional(),
  /** How many events the command yielded. A reader that has seen them all knows the whole effect. */
  events: z.int(),
})
export type CommandRef = z.infer<typeof CommandRef>

/** A fact. Its id is `<commandId>:<n>`; `seq` numbers the events of one listing without a gap, from 1. */
const base = { id: z.string(), seq: z.int(), listingId: Id, at: Instant, actor: Actor, command: CommandRef }

const bookingFact = {
  bookingId: Id,
  previousStatus: Status.nullable(),
  reason: z.string().nullable(),
  booking: Booking,
}
/** @property block of an event about blocked days */
const listingFact = { listing: Listing, block: Block.nullable().default(null) }
const refusalFact = { bookingId: Id.nullable(), reason: z.enum(REFUSALS), booking: Booking.nullable() }

export const BOOKING_EVENTS = [
  'booking.created',
  'booking.accepted',
  'booking.confirmed',
  'booking.rejected',
  'booking.cancelled',
  'booking.failed',
  'booking.expired',
  'booking.completed',
  'booking.reminded',
  'booking.payment_changed',
] as const
export const LISTING_EVENTS = [
  'listing.published',
  'listing.changed',
  'listing.withdrawn',
  'listing.blocked',
  'listing.unblocked',
] as const

export const BookingEvent = z.strictObject({ type: z.enum(BOOKING_EVENTS), ...base, ...bookingFact })
export const ListingEvent = z.strictObject({ type: z.enum(LISTING_EVENTS), ...base, ...listingFact })
export const CommandRefused = z.strictObject({ type: z.literal('command.refused'), ...base, ...refusalFact })

export const Event = z.discriminatedUnion('type', [BookingEvent, ListingEvent, CommandRefused])
export type BookingEvent = z.infer<typeof BookingEvent>
export type ListingEvent = z.infer<typeof ListingEvent>
export type CommandRefused = z.infer<typeof CommandRefused>
export type Event = z.infer<typeof Event>
export type EventType = Event['type']

/** An event before it is recorded: without id, `seq`, time, actor and command. */
type Unrecorded<E> = E extends Event ? Omit<E, keyof typeof base> : never
export type Fact = Unrecorded<Event>

export const isBookingEvent = <E extends { type: EventType }>(
  event: E,
): event is Extract<E, { type: BookingEvent['type'] }> => event.type.startsWith('booking.')
export const isListingEvent = <E extends { type: EventType }>(
  event: E,
): event is Extract<E, { type: ListingEvent['type'] }> => event.type.startsWith('listing.')

/** Whether this is the last event of its command. */
export const endsCommand = (event: Event): boolean => event.id === `${event.command.id}:${event.command.events - 1}`
