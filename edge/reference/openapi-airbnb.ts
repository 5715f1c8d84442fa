import { DecisionReason } from '#domain/command.ts'
import { AirbnbRequest } from '#domain/dialects/airbnb.ts'
import * as answers from './responses.ts'
import { ALSO_CONFIRMED, NOT_BOOKED, NOT_DECIDED, THEN_CANCELLED } from './openapi-bookings.ts'
import type { RouteDoc } from './openapi-describe.ts'
import * as examples from './examples.ts'

const LATER = {
  says: 'Written down, and not decided in time. It will be; the booking tells.',
  schema: answers.AirbnbBooking,
  example: examples.airbnbPending,
} as const

const BOOKINGS = {
  group: 'Airbnb',
  kind: 'read',
  takes: ['limit', 'cursor'],
  answers: {
    200: {
      says: 'The newest of them; with a cursor those before.',
      schema: answers.AirbnbBookings,
      example: { bookings: [examples.airbnbPending], nextCursor: null },
    },
  },
  problems: ['invalid_cursor'],
} as const

const decision = (says: string, example: unknown, more = '') =>
  ({
    group: 'Airbnb',
    description:
      `Takes the id as the document has it, or ours. Waits 5 seconds for the outcome, or as \`Prefer\` has it. ${more}`.trim(),
    kind: 'command',
    takes: ['bookingId', 'ifMatch'],
    answers: { 200: { says, schema: answers.AirbnbBooking, example }, 202: LATER },
    problems: NOT_DECIDED,
  }) as const

const reason = (text: string) => ({
  schema: DecisionReason,
  examples: { why: { reason: text } },
  optional: true,
})

/** Bookings, as airbnb's document spells them. */
export const AIRBNB = {
  'POST /api/travelers/bookings': {
    group: 'Airbnb',
    operationId: 'airbnbRequestBooking',
    summary: 'Ask for a property',
    description:
      'As `POST /v1/bookings`. A `totalPrice` is compared with what it costs, if the listing can be asked; the answer has what it costs.',
    kind: 'command',
    body: { schema: AirbnbRequest, examples: { document: examples.airbnbRequest } },
    answers: {
      201: {
        says: 'The booking: pending, or as it was decided.',
        schema: answers.AirbnbBooking,
        example: examples.airbnbPending,
        headers: ['Location'],
      },
      202: { ...LATER, headers: ['Location'] },
    },
    problems: NOT_BOOKED,
  },
  'GET /api/travelers/bookings': {
    ...BOOKINGS,
    operationId: 'airbnbListTravelersBookings',
    summary: 'What a traveler booked',
  },
  'GET /api/owners/bookings': {
    ...BOOKINGS,
    operationId: 'airbnbListOwnersBookings',
    summary: "What was booked of an owner's",
    description: 'Admins see everything.',
  },
  'PUT /api/owners/bookings/:id/approve': {
    ...decision('The booking, accepted.', examples.airbnbAccepted, THEN_CANCELLED),
    operationId: 'airbnbApproveBooking',
    summary: 'Approve what was asked for',
  },
  'PUT /api/owners/bookings/:id/reject': {
    ...decision('The booking, rejected.', examples.airbnbRejected),
    operationId: 'airbnbRejectBooking',
    summary: 'Reject what was asked for',
    body: reason('The villa is being painted'),
  },
  'PUT /api/owners/bookings/:id/cancel': {
    ...decision('The booking, cancelled.', examples.airbnbCancelled, ALSO_CONFIRMED),
    operationId: 'airbnbCancelBooking',
    summary: 'Cancel, as its owner',
    body: reason('The roof leaks'),
  },
} as const satisfies Record<string, RouteDoc>
