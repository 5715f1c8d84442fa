import { z } from 'zod'
import { Subject } from '../actor.ts'
import { type PendingBooking, SpecialRequests, type Status, type BookingRequest } from '../booking.ts'
import { CivilDate, instantOf } from '../civil.ts'
import { RequestBooking } from '../command.ts'
import { commandIdOf, Id } from '../ids.ts'
import { reasonOf } from '../outcome.ts'
import { toMajor } from '../money.ts'
import type { Notification } from '../notification.ts'
import type { Dialect, Hint } from './dialect.ts'

/** lab2's spelling: snake case, listings and guests, prices as numbers, three words for the status. */

/** The body of `POST /api/bookings`. */
export const Lab2Request = z.strictObject({
  listing_id: Id,
  check_in: CivilDate,
  check_out: CivilDate,
  guest_count: z.int().min(1).max(1_000),
  special_requests: SpecialRequests.optional(),
})

export const decodeBody = (body: z.infer<typeof Lab2Request>): BookingRequest => ({
  listingId: body.listing_id,
  checkIn: body.check_in,
  checkOut: body.check_out,
  guests: body.guest_count,
  quantity: 1,
  specialRequests: body.special_requests ?? null,
  price: null,
  paymentMethod: null,
})

const STATUS: Readonly<Record<Status, string>> = {
  pending: 'pending',
  accepted: 'pending',
  confirmed: 'confirmed',
  completed: 'confirmed',
  rejected: 'cancelled',
  expired: 'cancelled',
  cancelled: 'cancelled',
  failed: 'cancelled',
}

export const encodeBooking = (booking: PendingBooking) => ({
  booking_id: booking.id,
  listing_id: booking.listingId,
  guest_id: booking.travelerId,
  host_id: booking.ownerId,
  check_in: booking.checkIn,
  check_out: booking.checkOut,
  total_price: booking.price && toMajor(booking.price),
  status: STATUS[booking.status],
  message: reasonOf(booking),
  metadata: { guest_count: booking.guests, special_requests: booking.specialRequests ?? '' },
  created_at: booking.createdAt,
  updated_at: booking.updatedAt,
})

export const encodeNotification = (notification: Notification) => ({
  id: notification.id,
  booking_id: notification.bookingId,
  type: notification.type,
  title: notification.title,
  message: notification.body,
  read: notification.readAt !== null,
  created_at: notification.createdAt,
})

/**
 * The document's `booking_created`.
 * @param hint `host_id` and `total_price` are null without it
 */
const encodeRequest = ({ id, at, bookingId, listingId, actor, request }: RequestBooking, hint?: Hint) => ({
  event_type: 'booking_created',
  event_id: id,
  timestamp: at,
  booking_id: bookingId,
  listing_id: listingId,
  guest_id: actor.id,
  host_id: hint?.ownerId ?? null,
  check_in: request.checkIn,
  check_out: request.checkOut,
  total_price: hint?.price ?? null,
  status: 'pending',
  metadata: { guest_count: request.guests, special_requests: request.specialRequests ?? '' },
})

/** ISO 8601. Without an offset it is UTC, which is what Python's `utcnow().isoformat()` means. */
const Timestamp = z.iso
  .datetime({ local: true, offset: true })
  .transform((at) => instantOf(Date.parse(/(Z|[+-]\d\d:\d\d)$/.test(at) ? at : `${at}Z`)))

const Recognized = z.looseObject({ event_type: z.literal('booking_created') })

/** `booking_created` as the document has it, from a foreign producer. */
const Documented = z.looseObject({
  event_id: Id,
  timestamp: Timestamp,
  booking_id: Id,
  listing_id: Id,
  guest_id: Subject,
  check_in: CivilDate,
  check_out: CivilDate,
  metadata: z.looseObject({
    guest_count: z.int().min(1).max(1_000).default(1),
    special_requests: SpecialRequests.default(''),
  }),
})

/** Two messages of one traveler about one listing with the same `event_id` are one command. */
function decodeRequest(body: unknown): RequestBooking {
  const request = Documented.parse(body)
  return RequestBooking.parse({
    type: 'RequestBooking',
    id: commandIdOf(request.guest_id, 'booking_created', request.listing_id, request.event_id),
    listingId: request.listing_id,
    actor: { role: 'traveler', id: request.guest_id },
    at: request.timestamp,
    bookingId: request.booking_id,
    dialect: 'lab2',
    request: decodeBody({
      listing_id: request.listing_id,
      check_in: request.check_in,
      check_out: request.check_out,
      guest_count: request.metadata.guest_count,
      special_requests: request.metadata.special_requests || undefined,
    }),
  })
}

export const lab2 = {
  spelling: {
    fields: { checkIn: 'check_in', checkOut: 'check_out', guests: 'guest_count' },
    price: (price) => String(toMajor(price)),
  },
  encodeRequest,
  recognize: (body) => Recognized.safeParse(body).success,
  decodeRequest,
} satisfies Dialect
