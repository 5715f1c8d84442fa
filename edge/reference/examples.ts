import type { z } from 'zod'
import type { PublicBooking } from '#domain/booking.ts'
import * as airbnb from '#domain/dialects/airbnb.ts'
import { encodeBooking, encodeNotification, type Lab2Request } from '#domain/dialects/lab2.ts'
import type { Listing } from '#domain/listing.ts'
import type { Notification } from '#domain/notification.ts'

/** One story in every example: a booking of a demo listing. Request bodies work when pasted; the dates are in the future. */

export const LISTING_ID = 'listing-123'
export const BOOKING_ID = '6d4b0e9c-7a51-5f3e-9c22-0d8f4b7a1e55'
const COMMAND_ID = '3c0a7a34-90f2-5b8e-8a57-52f3f5b0c9d1'
export const NOTIFICATION_ID = `${COMMAND_ID}:0:traveler`

const REQUESTED = '2030-11-21T10:00:00.000Z'
const ANSWERED = '2030-11-21T12:00:00.000Z'

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
}

const villa: Listing = {
  ...listing,
  id: '507f1f77bcf86cd799439012',
  name: 'Luxury Beach Villa',
  maxGuests: 8,
  price: { amount: 30_000, currency: 'USD' },
}

export const listingDraft = {
  name: 'City loft',
  maxGuests: 4,
  price: { amount: 12_500, currency: 'USD' },
  timeZone: 'America/New_York',
}

export const listingChanges = { price: { amount: 14_000, currency: 'USD' } }

export const bookingRequests = {
  stay: { listingId: LISTING_ID, ...SPAN, guests: 2 },
  villa: {
    listingId: villa.id,
    ...SPAN,
    guests: 4,
    specialRequests: 'A cot, please',
    price: { amount: 120_000, currency: 'USD' },
  },
  flight: { listingId: 'FLIGHT456', checkIn: '2030-12-01', guests: 1, quantity: 1 },
}

const lab2Request: z.input<typeof Lab2Request> = {
  listing_id: LISTING_ID,
  check_in: SPAN.checkIn,
  check_out: SPAN.checkOut,
  guest_count: 2,
}
/** `document` is the body of the document's curl; its dates have passed, so it works only in development. */
export const lab2Requests = {
  stay: lab2Request,
  document: { ...lab2Request, check_in: '2025-12-01', check_out: '2025-12-05' },
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

export const timelineEntry = {
  id: `${COMMAND_ID}:0`,
  bookingId: BOOKING_ID,
  seq: 7,
  type: 'booking.confirmed',
  at: ANSWERED,
  actor: { role: 'owner', id: listing.ownerId },
  reason: null,
  previousStatus: 'pending',
  status: 'confirmed',
  version: 2,
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
export const readNotification: Notification = { ...notification, readAt: '2030-11-21T12:30:00.000Z' }

export const lab2Pending = encodeBooking(pending)
export const lab2Confirmed = encodeBooking(confirmed)
export const lab2Notification = encodeNotification(notification)

const airbnbRequest: z.input<typeof airbnb.AirbnbRequest> = {
  propertyId: villa.id,
  checkIn: SPAN.checkIn,
  checkOut: SPAN.checkOut,
  guests: 4,
  totalPrice: 1200,
}
/** `document` has the values of the document's message; its dates have passed, so it works only in development. */
export const airbnbRequests = {
  stay: airbnbRequest,
  document: { ...airbnbRequest, checkIn: '2025-12-01T00:00:00.000Z', checkOut: '2025-12-05T00:00:00.000Z' },
}
const ofVilla = (booking: PublicBooking) =>
  airbnb.encodeBooking(
    { ...booking, listingId: villa.id, guests: 4, price: { amount: 120_000, currency: 'USD' } },
    villa.name,
  )
export const airbnbPending = ofVilla(pending)
export const airbnbAccepted = ofVilla(confirmed)
export const airbnbRejected = ofVilla({ ...rejected, reason: 'The villa is being painted' })
export const airbnbCancelled = ofVilla({ ...cancelled, reason: 'The roof leaks' })
export const airbnbProperty = airbnb.encodeProperty(villa)
export const airbnbNewProperty: z.input<typeof airbnb.AirbnbNewProperty> = {
  propertyName: villa.name,
  guests: villa.maxGuests,
  pricePerNight: 300,
  currency: 'USD',
}
export const airbnbPropertyChanges: z.input<typeof airbnb.AirbnbPropertyChanges> = {
  ...airbnbNewProperty,
  pricePerNight: 320,
}

export const pageOf = (item: unknown) => ({ data: [item], nextCursor: null })

const measures = {
  requested: 1,
  failed: 0,
  accepted: 0,
  confirmed: 1,
  rejected: 0,
  cancelled: 0,
  refused: 0,
  guests: 2,
  decisionMs: 7_200_000,
  decisions: 1,
  revenue: { USD: 50_000 },
  meanDecisionMs: 7_200_000,
  confirmationRate: 1,
}

const days = { from: '2030-11-21', to: '2030-11-22' }
export const summary = { ...days, ...measures }
export const series = {
  interval: 'day',
  groupBy: 'listing',
  ...days,
  data: [{ day: days.from, group: LISTING_ID, name: listing.name, ...measures }],
}

export const availability = {
  listingId: LISTING_ID,
  from: SPAN.checkIn,
  to: '2030-12-03',
  capacity: 1,
  data: [
    { day: '2030-12-01', free: 0 },
    { day: '2030-12-02', free: 1 },
  ],
}
