import type { PublicBooking } from '#domain/booking.ts'
import { DEFAULT_RULES, type Listing } from '#domain/listing.ts'
import type { Notification } from '#domain/notification.ts'

/**
 * One story in every example: a booking of a demo listing. The routes add what only they show. Request bodies work when pasted; the
 * dates are in the future.
 */

export const LISTING_ID = 'listing-123'
export const BOOKING_ID = '6d4b0e9c-7a51-5f3e-9c22-0d8f4b7a1e55'
export const COMMAND_ID = '3c0a7a34-90f2-5b8e-8a57-52f3f5b0c9d1'
export const BLOCK_ID = '8a1fb7c2-3d54-5e6f-9a7b-0c1d2e3f4a5b'
export const FEED_TOKEN = '2030-11-01.mJ0hZ6nq1Fv2c0Qk3sYwT8uRb5xLdG7aPzEeHiKoVtU'
export const NOTIFICATION_ID = `${COMMAND_ID}:0:traveler`

const REQUESTED = '2030-11-21T10:00:00.000Z'
export const ANSWERED = '2030-11-21T12:00:00.000Z'

export const SPAN = { checkIn: '2030-12-01', checkOut: '2030-12-05' }

export const listing: Listing = {
  id: LISTING_ID,
  ownerId: 'owner-1',
  kind: 'stay',
  name: 'City loft',
  capacity: 1,
  maxGuests: 4,
  price: { amount: 12_500, currency: 'USD' },
  timeZone: 'UTC',
  confirmationPolicy: 'owner',
  ...DEFAULT_RULES,
}

export const villa: Listing = {
  ...listing,
  id: '507f1f77bcf86cd799439012',
  name: 'Luxury Beach Villa',
  maxGuests: 8,
  price: { amount: 30_000, currency: 'USD' },
}

export const pending: PublicBooking = {
  id: BOOKING_ID,
  listingId: LISTING_ID,
  ownerId: listing.ownerId,
  travelerId: 'traveler-1',
  kind: listing.kind,
  ...SPAN,
  guests: 2,
  quantity: 1,
  price: { amount: 50_000, currency: 'USD' },
  specialRequests: null,
  cancellationPolicy: DEFAULT_RULES.cancellationPolicy,
  payment: null,
  status: 'pending',
  reason: null,
  version: 1,
  holdExpiresAt: '2030-11-22T10:00:00.000Z',
  createdAt: REQUESTED,
  updatedAt: REQUESTED,
}

const decided = { version: 2, holdExpiresAt: null, updatedAt: ANSWERED }
export const confirmed: PublicBooking = { ...pending, ...decided, status: 'confirmed' }
export const rejected: PublicBooking = {
  ...pending,
  ...decided,
  status: 'rejected',
  reason: 'The loft is being painted',
}
export const cancelled: PublicBooking = {
  ...pending,
  ...decided,
  status: 'cancelled',
  reason: 'The flight was cancelled',
}

export const notification: Notification = {
  id: NOTIFICATION_ID,
  userId: pending.travelerId,
  bookingId: BOOKING_ID,
  listingId: LISTING_ID,
  type: 'booking.confirmed',
  title: 'Booking confirmed',
  body: 'Your booking for 2030-12-01 to 2030-12-05 is confirmed.',
  createdAt: ANSWERED,
  readAt: null,
}
export const pageOf = (item: unknown) => ({ data: [item], nextCursor: null })
