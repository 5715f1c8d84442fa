import type { Context } from 'hono'
import { z } from 'zod'
import { Actor, Subject } from '#domain/actor.ts'
import { BookingRequest, type PendingBooking as Pending, PublicBooking as Booking, Status } from '#domain/booking.ts'
import { CancellationPolicy } from '#domain/cancellation.ts'
import { Instant } from '#domain/civil.ts'
import { DecisionReason } from '#domain/command.ts'
import { BOOKING_EVENTS } from '#domain/event.ts'
import { Id } from '#domain/ids.ts'
import { Kind } from '#domain/kinds.ts'
import { Money } from '#domain/money.ts'
import { Trace } from '#domain/trace.ts'
import { etagOf } from '#platform/etag.ts'
import { type ChangedBooking, changeBooking } from '../commands/change-booking.ts'
import { intentOf } from '../commands/intent.ts'
import { requestBooking } from '../commands/request-booking.ts'
import type { EdgeEnv } from '../deps.ts'
import type { ProblemCode } from '../problem-types.ts'
import { forward } from '../reads/forward.ts'
import * as examples from '../reference/examples.ts'
import { pageOf } from '../reference/responses.ts'
import { bookingCalendarRoute } from './calendars.ts'
import { cancellationQuoteRoute, QUOTE_SCHEMAS, quoteRoute } from './quotes.ts'
import { EVERYONE, idIn, MANAGERS, type ResponseDoc, route, type Route, type RouteGroup, TRAVELERS } from './route.ts'

const PendingBooking = Booking.extend({
  ownerId: Subject.nullable(),
  kind: Kind.nullable(),
  price: Money.nullable(),
  quantity: Booking.shape.quantity.nullable(),
  cancellationPolicy: CancellationPolicy.nullable(),
}) satisfies z.ZodType<Pending>

const BookingPage = pageOf(Booking)

const TimelineEntry = z.strictObject({
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
  trace: Trace.nullable().describe('Of the request that caused the event; null if it is not known.'),
  position: z
    .strictObject({ partition: z.int(), offset: z.int() })
    .nullable()
    .describe('Where the event is on the topic `bookings`; null for old events.'),
})
const Timeline = pageOf(TimelineEntry)

const bookingRequests = {
  stay: { listingId: examples.LISTING_ID, ...examples.SPAN, guests: 2 },
  villa: {
    listingId: examples.villa.id,
    ...examples.SPAN,
    guests: 4,
    specialRequests: 'A cot, please',
    price: { amount: 120_000, currency: 'USD' },
  },
  flight: { listingId: 'FLIGHT456', checkIn: '2030-12-01', guests: 3 },
}

const timelineEntry = {
  id: `${examples.COMMAND_ID}:0`,
  bookingId: examples.BOOKING_ID,
  seq: 7,
  type: 'booking.confirmed',
  at: examples.ANSWERED,
  actor: { role: 'owner', id: examples.listing.ownerId },
  reason: null,
  previousStatus: 'pending',
  status: 'confirmed',
  version: 2,
  trace: {
    requestId: '0a5d6c2e-6f6a-4f0e-9b52-6a1f4d1c7e11',
    traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  },
  position: { partition: 1, offset: 42 },
}

/** Problems of a request for a booking. */
export const NOT_BOOKED: readonly ProblemCode[] = [
  'unknown_listing',
  'listing_withdrawn',
  'dates_unavailable',
  'invalid_dates',
  'too_many_guests',
  'price_mismatch',
  'too_many_bookings',
  'alias_taken',
  'already_requested',
]

/** Problems of a decision about a booking. */
export const NOT_DECIDED: readonly ProblemCode[] = [
  'unknown_booking',
  'booking_already_decided',
  'owner_does_not_decide',
  'version_mismatch',
  'query_unavailable',
  'not_yet_visible',
]

export const WAITS = 'Waits up to 5 seconds for the outcome, or as long as `Prefer: wait=N` says.'
export const THEN_CANCELLED =
  'A 200 means that the acceptance was recorded. The traveler or the owner may still cancel the booking later, even at the same moment.'
export const CANCELS_CONFIRMED =
  'A confirmed booking can be cancelled too. If an acceptance and a cancellation arrive at the same moment, both may succeed, the acceptance first. To cancel only a pending booking, send its `ETag` as `If-Match`.'

export const NOT_YET_DECIDED = 'Accepted for processing, not decided yet. Poll the booking for the result.'

const LATER: ResponseDoc = {
  description: NOT_YET_DECIDED,
  schema: Booking,
  example: examples.pending,
  headers: ['Location', 'Retry-After'],
}

const decided = (description: string, example: object): Route['responses'] => ({
  200: { description, schema: Booking, example, headers: ['ETag'] },
  202: LATER,
})

export const reason = (text: string) => ({
  schema: DecisionReason,
  examples: { why: { reason: text } },
  optional: true,
})

const routes: readonly Route[] = [
  route({
    method: 'POST',
    path: '/v1/bookings',
    access: { roles: TRAVELERS },
    flow: 'command',
    operationId: 'requestBooking',
    summary: 'Request a booking',
    description:
      'Returns as soon as the log has the request; it is decided afterwards, in log order. Dates that are known to be taken return 409 `dates_unavailable` at once. With `Prefer: wait=N` the response waits for the decision: 201 with the decided booking, 409 `dates_unavailable`, or 202 if there is no decision in time. For a flight, `checkIn` is the day of departure and `checkOut` is absent.',
    body: { schema: BookingRequest, examples: bookingRequests },
    responses: {
      201: {
        description:
          'The booking, pending; with `Prefer: wait` as it was decided. Fields that are not known yet are null.',
        schema: PendingBooking,
        example: examples.pending,
        headers: ['Location', 'ETag'],
      },
      202: { ...LATER, schema: PendingBooking, headers: ['Location', 'ETag'] },
    },
    problems: NOT_BOOKED,
    async handle(c, deps, request) {
      const { booking, isPending } = await requestBooking(deps, await intentOf(c, deps), request, 'v1')
      return c.json(booking, isPending ? 202 : 201, { Location: pathOf(booking), ETag: etagOf(booking.version) })
    },
  }),
  route({
    method: 'GET',
    path: '/v1/bookings',
    access: { roles: EVERYONE },
    flow: 'read',
    operationId: 'listBookings',
    summary: 'List bookings',
    description:
      'Travelers see the bookings they requested, owners the bookings of their listings, admins every booking. The newest come first, unless `sort` says otherwise. A page may have fewer items than `limit` and still a `nextCursor`.',
    parameters: ['role', 'status', 'ofListing', 'staysFrom', 'staysTo', 'sort', 'limit', 'cursor'],
    responses: {
      200: {
        description: 'One page of bookings.',
        schema: BookingPage,
        example: examples.pageOf(examples.confirmed),
        headers: ['Link'],
      },
    },
    problems: ['forbidden', 'invalid_cursor'],
    handle: forward,
  }),
  route({
    method: 'GET',
    path: '/v1/bookings/:id',
    access: { roles: EVERYONE, owned: 'booking' },
    flow: 'read',
    operationId: 'readBooking',
    summary: 'Read a booking',
    parameters: ['bookingId', 'ifNoneMatch'],
    responses: {
      200: { description: 'The booking.', schema: Booking, example: examples.confirmed, headers: ['ETag'] },
      304: { description: 'The booking still has the `ETag` that `If-None-Match` names.', headers: ['ETag'] },
    },
    problems: ['unknown_booking'],
    handle: forward,
  }),
  cancellationQuoteRoute,
  quoteRoute,
  bookingCalendarRoute,
  route({
    method: 'GET',
    path: '/v1/bookings/:id/events',
    access: { roles: EVERYONE, owned: 'booking' },
    flow: 'read',
    operationId: 'listBookingEvents',
    summary: 'List the events of a booking, oldest first',
    parameters: ['bookingId', 'limit', 'cursor'],
    responses: {
      200: {
        description: 'One page of events.',
        schema: Timeline,
        example: examples.pageOf(timelineEntry),
        headers: ['Link'],
      },
    },
    problems: ['unknown_booking', 'invalid_cursor'],
    handle: forward,
  }),
  route({
    method: 'POST',
    path: '/v1/bookings/:id/accept',
    access: { roles: MANAGERS, owned: 'booking' },
    flow: 'command',
    operationId: 'acceptBooking',
    summary: 'Accept a booking',
    description: `${WAITS} ${THEN_CANCELLED}`,
    parameters: ['bookingId', 'ifMatch'],
    responses: decided('The accepted booking.', examples.confirmed),
    problems: NOT_DECIDED,
    handle: async (c, deps) => answer(c, await changeBooking(deps, await intentOf(c, deps), idIn(c), ACCEPT)),
  }),
  route({
    method: 'POST',
    path: '/v1/bookings/:id/reject',
    access: { roles: MANAGERS, owned: 'booking' },
    flow: 'command',
    operationId: 'rejectBooking',
    summary: 'Reject a booking',
    description: `${WAITS} The traveler sees the reason.`,
    parameters: ['bookingId', 'ifMatch'],
    body: reason('The loft is being painted'),
    responses: decided('The rejected booking.', examples.rejected),
    problems: NOT_DECIDED,
    async handle(c, deps, { reason }) {
      const reject = { type: 'RejectBooking', reason } as const
      return answer(c, await changeBooking(deps, await intentOf(c, deps), idIn(c), reject))
    },
  }),
  route({
    method: 'POST',
    path: '/v1/bookings/:id/cancel',
    access: { roles: EVERYONE, owned: 'booking' },
    flow: 'command',
    operationId: 'cancelBooking',
    summary: 'Cancel a booking',
    description: `For its traveler, the owner of its listing, and admins. ${WAITS} ${CANCELS_CONFIRMED}`,
    parameters: ['bookingId', 'ifMatch'],
    body: reason('The flight was cancelled'),
    responses: decided('The cancelled booking.', examples.cancelled),
    problems: NOT_DECIDED.filter((code) => code !== 'owner_does_not_decide'),
    async handle(c, deps, { reason }) {
      const cancel = { type: 'CancelBooking', reason } as const
      return answer(c, await changeBooking(deps, await intentOf(c, deps), idIn(c), cancel))
    },
  }),
]

const ACCEPT = { type: 'AcceptBooking' } as const

const pathOf = ({ id }: Pick<Booking, 'id'>): string => `/v1/bookings/${id}`

const answer = (c: Context<EdgeEnv>, { booking, isPending }: ChangedBooking): Response =>
  isPending
    ? c.json(booking, 202, { Location: pathOf(booking), 'Retry-After': '1' })
    : c.json(booking, 200, { ETag: etagOf(booking.version) })

export const bookings: RouteGroup = {
  name: 'Bookings',
  description: 'Ask for a quote; request a booking; accept, reject or cancel it; read its state and history.',
  schemas: {
    Booking,
    BookingRequest,
    DecisionReason,
    PendingBooking,
    BookingPage,
    TimelineEntry,
    Timeline,
    ...QUOTE_SCHEMAS,
  },
  routes,
}
