import { Booking, BookingRequest } from '#domain/booking.ts'
import { DecisionReason } from '#domain/command.ts'
import { Lab2Request } from '#domain/dialects/lab2.ts'
import type { ProblemCode } from '../problem-types.ts'
import * as answers from './responses.ts'
import type { RouteDoc } from './openapi-describe.ts'
import * as examples from './examples.ts'

/** Foreseen by the edge, or with `Prefer: wait` what was decided. */
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

export const NOT_DECIDED: readonly ProblemCode[] = [
  'unknown_booking',
  'booking_already_decided',
  'owner_does_not_decide',
  'version_mismatch',
  'query_unavailable',
]

/** Both may be granted, one after the other: clients must know. */
export const THEN_CANCELLED =
  'A 200 says that it was accepted then; its traveler or owner may cancel it at any time after, be it at the same moment.'
export const ALSO_CONFIRMED =
  'A confirmed booking can be cancelled, too: of an acceptance and a cancellation at the same moment both may be granted, the acceptance first. To cancel only what is still pending, send the `ETag` that was seen as `If-Match`.'

const LATER = {
  says: 'Written down, and not decided in time. It will be; the booking tells.',
  schema: Booking,
  example: examples.pending,
  headers: ['Location', 'Retry-After'],
} as const

const reason = (text: string) => ({
  schema: DecisionReason,
  examples: { why: { reason: text } },
  optional: true,
})

export const BOOKINGS = {
  'POST /v1/bookings': {
    group: 'Bookings',
    operationId: 'requestBooking',
    summary: 'Ask for a booking',
    description:
      'Answers as soon as the log has the request, which the listing then decides in the order of the log. With `Prefer: wait=N` the answer waits for the decision, and is a 202 if there is none by then. Flights have a day of departure as `checkIn`, and no `checkOut`.',
    kind: 'command',
    body: { schema: BookingRequest, examples: examples.wishes },
    answers: {
      201: {
        says: 'The booking: pending, or as it was decided. What nobody could be asked in time is null.',
        schema: answers.PendingBooking,
        example: examples.pending,
        headers: ['Location', 'ETag'],
      },
      202: { ...LATER, schema: answers.PendingBooking, headers: ['Location', 'ETag'] },
    },
    problems: NOT_BOOKED,
  },
  'GET /v1/bookings': {
    group: 'Bookings',
    operationId: 'listBookings',
    summary: 'Bookings, newest first',
    description: 'Travelers see what they booked, owners what was booked of theirs, admins everything.',
    kind: 'read',
    takes: ['role', 'status', 'ofListing', 'limit', 'cursor'],
    answers: {
      200: {
        says: 'A page of them.',
        schema: answers.BookingPage,
        example: examples.pageOf(examples.confirmed),
        headers: ['Link'],
      },
    },
    problems: ['forbidden', 'invalid_cursor'],
  },
  'GET /v1/bookings/:id': {
    group: 'Bookings',
    operationId: 'readBooking',
    summary: 'One booking',
    kind: 'read',
    takes: ['bookingId', 'ifNoneMatch'],
    answers: {
      200: { says: 'The booking.', schema: Booking, example: examples.confirmed, headers: ['ETag'] },
      304: { says: 'It still has the `ETag` of `If-None-Match`.', headers: ['ETag'] },
    },
    problems: ['unknown_booking'],
  },
  'GET /v1/bookings/:id/events': {
    group: 'Bookings',
    operationId: 'listBookingEvents',
    summary: 'What happened to a booking, oldest first',
    kind: 'read',
    takes: ['bookingId', 'limit', 'cursor'],
    answers: {
      200: {
        says: 'A page of its timeline.',
        schema: answers.Timeline,
        example: examples.pageOf(examples.timelineEntry),
        headers: ['Link'],
      },
    },
    problems: ['unknown_booking', 'invalid_cursor'],
  },
  'POST /v1/bookings/:id/accept': {
    group: 'Bookings',
    operationId: 'acceptBooking',
    summary: 'Accept a booking',
    description: `Waits 5 seconds for the outcome, or as \`Prefer\` has it. ${THEN_CANCELLED}`,
    kind: 'command',
    takes: ['bookingId', 'ifMatch'],
    answers: {
      200: { says: 'The booking, accepted.', schema: Booking, example: examples.confirmed, headers: ['ETag'] },
      202: LATER,
    },
    problems: NOT_DECIDED,
  },
  'POST /v1/bookings/:id/reject': {
    group: 'Bookings',
    operationId: 'rejectBooking',
    summary: 'Reject a booking',
    description: 'Waits 5 seconds for the outcome, or as `Prefer` has it. The traveler is told the reason.',
    kind: 'command',
    takes: ['bookingId', 'ifMatch'],
    body: reason('The loft is being painted'),
    answers: {
      200: { says: 'The booking, rejected.', schema: Booking, example: examples.rejected, headers: ['ETag'] },
      202: LATER,
    },
    problems: NOT_DECIDED,
  },
  'POST /v1/bookings/:id/cancel': {
    group: 'Bookings',
    operationId: 'cancelBooking',
    summary: 'Cancel a booking',
    description: `For whoever booked it or owns the listing. Waits 5 seconds for the outcome, or as \`Prefer\` has it. ${ALSO_CONFIRMED}`,
    kind: 'command',
    takes: ['bookingId', 'ifMatch'],
    body: reason('The flight was cancelled'),
    answers: {
      200: { says: 'The booking, cancelled.', schema: Booking, example: examples.cancelled, headers: ['ETag'] },
      202: LATER,
    },
    problems: NOT_DECIDED.filter((code) => code !== 'owner_does_not_decide'),
  },
} as const satisfies Record<string, RouteDoc>

/** The same, as lab2's document spells it. */
export const LAB2_BOOKINGS = {
  'POST /api/bookings': {
    group: 'Lab2',
    operationId: 'lab2RequestBooking',
    summary: 'Ask, as a guest',
    description: 'As `POST /v1/bookings`, for listings with a check-out.',
    kind: 'command',
    body: { schema: Lab2Request, examples: { document: examples.lab2Request } },
    answers: {
      201: {
        says: 'The booking: pending, or as it was decided.',
        schema: answers.Lab2Booking,
        example: examples.lab2Pending,
        headers: ['Location'],
      },
    },
    problems: NOT_BOOKED,
  },
  'POST /api/bookings/:id/accept': {
    group: 'Lab2',
    operationId: 'lab2AcceptBooking',
    summary: 'Accept, as a host',
    description: `As \`POST /v1/bookings/{id}/accept\`. ${THEN_CANCELLED}`,
    kind: 'command',
    takes: ['bookingId', 'ifMatch'],
    answers: {
      200: { says: 'The booking, accepted.', schema: answers.Lab2Booking, example: examples.lab2Confirmed },
      202: { says: LATER.says, schema: answers.Lab2Booking, example: examples.lab2Pending },
    },
    problems: NOT_DECIDED,
  },
} as const satisfies Record<string, RouteDoc>
