import { z } from 'zod'
import { Actor, Subject } from '#domain/actor.ts'
import { PublicBooking as Booking, type PendingBooking as Pending, Status } from '#domain/booking.ts'
import { CivilDate, Instant } from '#domain/civil.ts'
import type * as airbnb from '#domain/dialects/airbnb.ts'
import type { encodeBooking, encodeNotification } from '#domain/dialects/lab2.ts'
import { BOOKING_EVENTS } from '#domain/event.ts'
import { Id } from '#domain/ids.ts'
import { Kind } from '#domain/kinds.ts'
import { Listing } from '#domain/listing.ts'
import { Money } from '#domain/money.ts'
import type { Notification as Told } from '#domain/notification.ts'
import type { ProblemDocument } from '#platform/problems.ts'
import { PROBLEM_CODES } from '../problem-types.ts'
import type { Rollup } from '#domain/projections/analytics.ts'

/** Schemas of responses, for the reference. Where the domain has a type, the compiler compares the two. */

export const PendingBooking = Booking.extend({
  ownerId: Subject.nullable(),
  kind: Kind.nullable(),
  price: Money.nullable(),
}) satisfies z.ZodType<Pending>

const pageOf = <S extends z.ZodType>(item: S) =>
  z.strictObject({
    data: z.array(item),
    nextCursor: z.string().nullable().describe('Send it as `cursor` to get the next page; null on the last page.'),
  })

export const BookingPage = pageOf(Booking)
export const ListingPage = pageOf(Listing)

export const TimelineEntry = z.strictObject({
  id: z.string(),
  bookingId: Id,
  seq: z.int().describe('Position among the events of one listing, without gaps.'),
  type: z.enum(BOOKING_EVENTS),
  at: Instant,
  actor: Actor,
  reason: z.string().nullable(),
  previousStatus: Status.nullable(),
  status: Status,
  version: z.int(),
})
export const Timeline = pageOf(TimelineEntry)

export const Availability = z.strictObject({
  listingId: Id,
  from: CivilDate,
  to: CivilDate,
  capacity: z.int(),
  data: z.array(z.strictObject({ day: CivilDate, free: z.int().min(0) })),
})

export const Notification = z.strictObject({
  id: z.string(),
  userId: Subject,
  bookingId: Id,
  listingId: Id,
  type: z.enum(BOOKING_EVENTS),
  title: z.string(),
  body: z.string(),
  createdAt: Instant,
  readAt: Instant.nullable().describe('Null until the notification is read.'),
}) satisfies z.ZodType<Told>
export const NotificationPage = pageOf(Notification)

export const ReadAll = z.strictObject({
  read: z.int().describe('Number of notifications marked.'),
  more: z.boolean().describe('`true`: more notifications are unread; repeat the request.'),
})

const counters = {
  requested: z.int(),
  failed: z.int(),
  accepted: z.int(),
  confirmed: z.int(),
  rejected: z.int(),
  cancelled: z.int(),
  refused: z.int().describe('Commands that were refused.'),
  guests: z.int().describe('Guests of confirmed bookings.'),
  decisionMs: z.int().describe('Sum of the times from request to decision, in milliseconds.'),
  decisions: z.int(),
  revenue: z.record(z.string(), z.int()).describe('Revenue of confirmed bookings in minor units, by currency.'),
} satisfies { [K in keyof Rollup]: z.ZodType<Rollup[K]> }

const measures = {
  ...counters,
  meanDecisionMs: z.int().nullable(),
  confirmationRate: z.number().nullable().describe('Confirmed bookings divided by requested bookings.'),
}

export const Summary = z.strictObject({ from: CivilDate, to: CivilDate, ...measures })

export const Series = z.strictObject({
  interval: z.literal('day'),
  groupBy: z.enum(['kind', 'owner', 'listing']).nullable(),
  from: CivilDate,
  to: CivilDate,
  data: z.array(
    z.strictObject({
      day: CivilDate,
      group: z.string(),
      name: z.string().nullable().describe("The listing's name with `groupBy=listing`, otherwise null."),
      ...measures,
    }),
  ),
})

export const Lab2Booking = z.strictObject({
  booking_id: Id,
  listing_id: Id,
  guest_id: Subject,
  host_id: Subject.nullable(),
  check_in: CivilDate,
  check_out: CivilDate.nullable(),
  total_price: z.number().nullable().describe('In major units, as in the document.'),
  status: z.enum(['pending', 'confirmed', 'cancelled']),
  message: z.string().nullable(),
  metadata: z.strictObject({ guest_count: z.int(), special_requests: z.string() }),
  created_at: Instant,
  updated_at: Instant,
}) satisfies z.ZodType<ReturnType<typeof encodeBooking>>

export const Lab2Notification = z.strictObject({
  id: z.string(),
  booking_id: Id,
  type: z.enum(BOOKING_EVENTS),
  title: z.string(),
  message: z.string(),
  read: z.boolean(),
  created_at: Instant,
}) satisfies z.ZodType<ReturnType<typeof encodeNotification>>

export const Lab2Notifications = z.strictObject({ notifications: z.array(Lab2Notification), unread_count: z.int() })

export const AirbnbBooking = z.strictObject({
  bookingId: z.string().describe('Id in the form of the document: the first 24 hex digits of `id`. Paths take either.'),
  propertyId: Id,
  propertyName: z.string().nullable().describe('Null if the listing could not be read.'),
  travelerId: Subject,
  ownerId: Subject.nullable(),
  checkIn: Instant.describe('Midnight at the start of the day, as in the document.'),
  checkOut: Instant.nullable(),
  guests: z.int(),
  totalPrice: z.number().nullable().describe('In major units, as in the document.'),
  status: z.enum(['PENDING', 'ACCEPTED', 'CANCELLED']),
  reason: z.string().nullable(),
  createdAt: Instant,
  updatedAt: Instant,
  id: Id,
}) satisfies z.ZodType<ReturnType<typeof airbnb.encodeBooking>>

export const AirbnbBookings = z.strictObject({ bookings: z.array(AirbnbBooking), nextCursor: z.string().nullable() })

export const AirbnbProperty = z.strictObject({
  propertyId: Id,
  propertyName: z.string(),
  ownerId: Subject,
  guests: z.int().describe('Most guests of one booking.'),
  pricePerNight: z.number().describe('In major units.'),
  currency: Money.shape.currency,
}) satisfies z.ZodType<ReturnType<typeof airbnb.encodeProperty>>

export const AirbnbProperties = z.strictObject({
  properties: z.array(AirbnbProperty),
  nextCursor: z.string().nullable(),
})

const Fault = z.strictObject({
  pointer: z.string().describe('JSON pointer into the body, or the name of a header or query parameter.'),
  detail: z.string().describe('A sentence that begins with the name of the field and says what is expected.'),
})

const Code = z.enum(PROBLEM_CODES)

const problem = {
  type: z.string().describe('Address of the page of this problem.'),
  title: z.string(),
  status: z.int().min(400).max(599),
  code: Code.describe('Stable; programs tell problems apart by it.'),
  remedy: z.string().describe('What to do about the problem.'),
}

export const Problem = z.looseObject({
  ...problem,
  detail: z.string().optional().describe('Details of this occurrence.'),
  instance: z.string().optional().describe('Path of the request.'),
  errors: z.array(Fault).optional().describe('The invalid fields, parameters and headers.'),
  booking: Booking.optional().describe('The current booking, if a decision was refused.'),
  idempotencyKey: z.string().optional().describe('The Idempotency-Key to repeat the request with.'),
  requestId: z.string().optional().describe('Names the request in the logs; the same as `X-Request-Id`.'),
  traceparent: z.string().optional().describe('W3C Trace Context of the request.'),
}) satisfies z.ZodType<Omit<ProblemDocument, 'status'>>

export const ProblemPage = z.strictObject({
  ...problem,
  meaning: z.string().describe('What the problem means and when it occurs.'),
})
export const ProblemList = z.strictObject({ data: z.array(ProblemPage) })
