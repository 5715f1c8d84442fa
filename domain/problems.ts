import { type FailureReason, isInternal, type Refusal } from './event.ts'

/**
 * The problems of bookings and listings: the responses to commands that are refused. Pure data in the shape of the platform's
 * problem types; HTTP servers render them as problem documents.
 */
export const BOOKING_PROBLEMS = {
  unknown_listing: {
    code: 'unknown_listing',
    status: 404,
    title: 'Listing not found',
    meaning: 'The listing does not exist or was withdrawn. A listing that you may not change also returns 404.',
    remedy: 'Take the id from GET /v1/listings. To change a listing, use the token of its owner or an admin.',
  },
  unknown_booking: {
    code: 'unknown_booking',
    status: 404,
    title: 'Booking not found',
    meaning: 'The booking does not exist. A booking that you may not access also returns 404.',
    remedy: 'Take the id from GET /v1/bookings, and use the token of its traveler, its owner or an admin.',
  },
  booking_already_decided: {
    code: 'booking_already_decided',
    status: 409,
    title: 'The booking is already decided',
    meaning: 'The booking has left the state in which this command is possible. Nothing was changed.',
    remedy: 'Read `status` and `reason` of the `booking` in the problem. If the booking has ended, request a new one.',
  },
  owner_does_not_decide: {
    code: 'owner_does_not_decide',
    status: 409,
    title: 'The owner does not decide about bookings of this listing',
    meaning:
      "The listing's `confirmationPolicy` confirms bookings by payment or immediately, without an owner's decision.",
    remedy: 'Wait for the confirmation, or cancel the booking.',
  },
  dates_unavailable: {
    code: 'dates_unavailable',
    status: 409,
    title: 'The dates are not available',
    meaning: 'The listing has less free capacity than the requested `quantity` on at least one requested day.',
    remedy: 'Read GET /v1/listings/{id}/availability for free days, then request other dates or a smaller `quantity`.',
  },
  price_mismatch: {
    code: 'price_mismatch',
    status: 409,
    title: 'The price has changed',
    meaning: 'The request names a total price, and the listing has a different price for these dates.',
    remedy: 'Show the traveler the current price, then repeat the request with it under a new Idempotency-Key.',
  },
  listing_withdrawn: {
    code: 'listing_withdrawn',
    status: 409,
    title: 'The listing is no longer offered',
    meaning: 'The owner has withdrawn the listing. Existing bookings remain valid.',
    remedy: 'Choose another listing.',
  },
  listing_exists: {
    code: 'listing_exists',
    status: 409,
    title: 'A listing with this id already exists',
    meaning:
      'Another listing has the requested id. A withdrawn listing can only be published again by its owner, with the same kind and, while it has bookings, the same `confirmationPolicy` and `holdOnRequest`.',
    remedy: 'Choose another id, or omit `id` to get a generated one. Use PATCH to change an existing listing.',
  },
  capacity_taken: {
    code: 'capacity_taken',
    status: 409,
    title: 'More is booked than the new capacity',
    meaning: 'On at least one day, live bookings already use more than the requested `capacity`.',
    remedy: 'Choose a capacity that covers the fullest day, or cancel bookings first.',
  },
  days_booked: {
    code: 'days_booked',
    status: 409,
    title: 'Something is booked on these days',
    meaning: 'On at least one of the days, a booking takes a part of the listing. Nothing was blocked.',
    remedy: 'Read GET /v1/listings/{id}/availability, then block other days, or reject or cancel the bookings first.',
  },
  unknown_block: {
    code: 'unknown_block',
    status: 404,
    title: 'Block not found',
    meaning: 'The listing has no block with this id.',
    remedy: 'Take the id from GET /v1/listings/{id}/blocks.',
  },
  too_many_blocks: {
    code: 'too_many_blocks',
    status: 409,
    title: 'The listing has reached its limit of blocks',
    meaning: 'One listing can have 500 blocks.',
    remedy: 'Delete blocks of past days, or replace several blocks with a longer one.',
  },
  invalid_listing: {
    code: 'invalid_listing',
    status: 422,
    title: 'Fields of the listing contradict each other',
    meaning: 'With this change, `minNights` would be more than `maxNights`.',
    remedy: 'Send both fields, with `minNights` at most `maxNights`.',
  },
  too_many_bookings: {
    code: 'too_many_bookings',
    status: 409,
    title: 'The listing has reached its limit of live bookings',
    meaning:
      'One listing can have 5000 live bookings with 500 000 characters of text, on 10 000 days, and 100 pending ones if requests do not hold their dates. This listing has reached one of these limits.',
    remedy: 'Request another listing, or wait until bookings have ended. The owner can split the listing.',
  },
  alias_taken: {
    code: 'alias_taken',
    status: 409,
    title: 'The booking id is ambiguous',
    meaning: 'A short form of the generated booking id equals that of another booking. This is very rare.',
    remedy: 'Repeat the request with a new Idempotency-Key, which generates another id.',
  },
  already_requested: {
    code: 'already_requested',
    status: 409,
    title: 'The booking was already requested',
    meaning: 'An earlier request had the same Idempotency-Key, so it created the booking with this id.',
    remedy: 'Read the `booking` in the problem. Use a new Idempotency-Key to request another booking.',
  },
  version_mismatch: {
    code: 'version_mismatch',
    status: 412,
    title: 'The booking has changed',
    meaning: 'The If-Match header does not match the current version of the booking. Nothing was changed.',
    remedy: 'Read the booking again, check what has changed, and send its new ETag as If-Match.',
  },
  invalid_dates: {
    code: 'invalid_dates',
    status: 422,
    title: 'The dates are not valid',
    meaning:
      'The requested days are past, in the wrong order, too far apart, or do not fit the kind or the rules of the listing.',
    remedy: 'Send future days as YYYY-MM-DD with `checkOut` after `checkIn`. Omit `checkOut` for flights.',
  },
  too_many_guests: {
    code: 'too_many_guests',
    status: 422,
    title: 'Too many guests for this listing',
    meaning: 'The request names more `guests` than the `maxGuests` of the listing.',
    remedy: 'Request at most `maxGuests` guests, or make several bookings.',
  },
  undecidable: {
    code: 'undecidable',
    status: 500,
    title: 'The command could not be decided',
    meaning: 'The log has the command, but deciding it failed because of a fault in this service. Nothing was changed.',
    remedy: 'Do not repeat the request. Report the X-Request-Id of the response.',
  },
} as const

export type BookingProblem = (typeof BOOKING_PROBLEMS)[keyof typeof BOOKING_PROBLEMS]

/** The problem of a command that was not granted. An object that the actor may not access is reported as unknown. */
export function problemOf(reason: Refusal | FailureReason, bookingId: string | null): BookingProblem {
  if (isInternal(reason)) return BOOKING_PROBLEMS.booking_already_decided
  if (reason !== 'not_yours') return BOOKING_PROBLEMS[reason]
  return bookingId === null ? BOOKING_PROBLEMS.unknown_listing : BOOKING_PROBLEMS.unknown_booking
}
