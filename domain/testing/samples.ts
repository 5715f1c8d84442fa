import type { Actor } from '../actor.ts'
import type { Booking, BookingRequest } from '../booking.ts'
import type { Command } from '../command.ts'
import type { BookingEvent, CommandRefused, Fact, ListingEvent } from '../event.ts'
import { DEFAULT_RULES, type Listing } from '../listing.ts'

/** For tests only: a stay, its people, and commands and facts about it. Callers pass only the fields that differ. */

export const NOW = '2026-11-21T10:00:00.000Z'
export const LATER = '2026-11-21T12:00:00.000Z'

export const owner: Actor = { role: 'owner', id: 'olga' }
export const otherOwner: Actor = { role: 'owner', id: 'otto' }
export const traveler: Actor = { role: 'traveler', id: 'tara' }
export const otherTraveler: Actor = { role: 'traveler', id: 'theo' }
export const admin: Actor = { role: 'admin', id: 'ada' }
export const system: Actor = { role: 'system', id: 'timer' }

export const stay: Listing = {
  id: 'listing-123',
  ownerId: owner.id,
  kind: 'stay',
  name: 'Beach Villa',
  capacity: 1,
  maxGuests: 4,
  price: { amount: 30_000, currency: 'EUR' },
  timeZone: 'Europe/Lisbon',
  confirmationPolicy: 'owner',
  ...DEFAULT_RULES,
}
export const hotel: Listing = { ...stay, kind: 'hotel', name: 'Grand Hotel', capacity: 3 }
export const flight: Listing = { ...stay, kind: 'flight', name: 'Lisbon to Paris', capacity: 100 }

/** Two nights of the stay. */
export const twoNights: BookingRequest = {
  listingId: stay.id,
  checkIn: '2026-12-01',
  checkOut: '2026-12-03',
  guests: 2,
  quantity: 1,
  specialRequests: null,
  price: null,
  paymentMethod: null,
}

export const BOOKING_ID = '6d4b0e9c-7a51-5f3e-9c22-0d8f4b7a1e55'

/** The booking that `request()` creates. */
export const pending: Booking = {
  id: BOOKING_ID,
  listingId: stay.id,
  ownerId: owner.id,
  travelerId: traveler.id,
  kind: 'stay',
  checkIn: twoNights.checkIn,
  checkOut: twoNights.checkOut,
  guests: 2,
  quantity: 1,
  price: { amount: 60_000, currency: 'EUR' },
  specialRequests: null,
  cancellationPolicy: 'flexible',
  payment: null,
  paymentMethod: null,
  endsAt: '2026-12-03T00:00:00.000Z',
  remindedAt: null,
  timeZone: 'Europe/Lisbon',
  status: 'pending',
  reason: null,
  version: 1,
  holdExpiresAt: '2026-11-22T10:00:00.000Z',
  createdAt: NOW,
  updatedAt: NOW,
  dialect: 'v1',
}
const after = { version: 2, holdExpiresAt: null, updatedAt: LATER }
export const accepted: Booking = { ...pending, version: 2, updatedAt: LATER, status: 'accepted' }
export const confirmed: Booking = { ...pending, ...after, status: 'confirmed' }
export const rejected: Booking = { ...pending, ...after, status: 'rejected' }
export const cancelled: Booking = { ...pending, ...after, status: 'cancelled' }

type Of<T extends Command['type']> = Extract<Command, { type: T }>
type Changes<T extends Command['type']> = Partial<Omit<Of<T>, 'type'>>

const sent = { listingId: stay.id, at: NOW }
/** The fields of a command that one of our processes proposes about the booking. */
export const proposal = { id: 'command-3', listingId: stay.id, actor: system, bookingId: BOOKING_ID }
const decision = { ...sent, id: 'command-2', at: LATER, bookingId: BOOKING_ID }

export const publish = (listing = stay, actor = owner): Of<'PublishListing'> => ({
  type: 'PublishListing',
  id: 'publish-1',
  ...sent,
  actor,
  listing,
})
export const change = (changes: Of<'ChangeListing'>['changes'], actor = owner): Of<'ChangeListing'> => ({
  type: 'ChangeListing',
  id: 'change-1',
  ...sent,
  actor,
  changes,
})
export const withdraw = (actor = owner): Of<'WithdrawListing'> => ({
  type: 'WithdrawListing',
  id: 'withdraw-1',
  ...sent,
  actor,
})
export const request = (
  details: Partial<BookingRequest> = {},
  changes: Changes<'RequestBooking'> = {},
): Of<'RequestBooking'> => ({
  type: 'RequestBooking',
  id: 'command-1',
  ...sent,
  actor: traveler,
  bookingId: BOOKING_ID,
  dialect: 'v1',
  request: { ...twoNights, ...details },
  ...changes,
})
export const accept = (changes: Changes<'AcceptBooking'> = {}): Of<'AcceptBooking'> => ({
  type: 'AcceptBooking',
  ...decision,
  actor: owner,
  ...changes,
})
export const reject = (changes: Changes<'RejectBooking'> = {}): Of<'RejectBooking'> => ({
  type: 'RejectBooking',
  ...decision,
  actor: owner,
  reason: null,
  ...changes,
})
export const cancel = (changes: Changes<'CancelBooking'> = {}): Of<'CancelBooking'> => ({
  type: 'CancelBooking',
  ...decision,
  actor: traveler,
  reason: null,
  ...changes,
})

export const published = (listing = stay): Fact => ({ type: 'listing.published', listing, block: null })
export const changed = (listing: Listing): Fact => ({ type: 'listing.changed', listing, block: null })
export const withdrawn = (listing = stay): Fact => ({ type: 'listing.withdrawn', listing, block: null })
export const became = (booking: Booking, previousStatus: Booking['status'] | null = 'pending'): Fact => ({
  type: booking.status === 'pending' ? 'booking.created' : (`booking.${booking.status}` as BookingEvent['type']),
  bookingId: booking.id,
  previousStatus,
  reason: booking.reason,
  booking,
})
export const created = (booking = pending): Fact => became(booking, null)

const recorded = {
  id: 'command-2:0',
  seq: 7,
  listingId: stay.id,
  at: LATER,
  actor: owner,
  command: { id: 'command-2', type: 'AcceptBooking', partition: 1, offset: 42, bodyHash: 'hash', events: 1 },
}
export const bookingEvent = (booking: Booking, changes: Partial<BookingEvent> = {}): BookingEvent => ({
  ...recorded,
  ...(became(booking, booking.status === 'pending' ? null : 'pending') as BookingEvent),
  ...changes,
})
export const listingEvent = (type: ListingEvent['type'] = 'listing.published', actor = owner): ListingEvent => ({
  ...recorded,
  type,
  actor,
  listing: stay,
  block: null,
})
export const refusedEvent = (changes: Partial<CommandRefused> = {}): CommandRefused => ({
  ...recorded,
  type: 'command.refused',
  bookingId: BOOKING_ID,
  reason: 'booking_already_decided',
  booking: rejected,
  ...changes,
})
