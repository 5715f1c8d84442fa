import type { Failure, Refusal } from './event.ts'

/**
 * Every problem a client can meet: a stable code, its status, its title, and what mends it. One registry feeds the answers and
 * the reference pages. Problems are RFC 9457 documents.
 */
export const PROBLEMS = {
  malformed_json: [
    400,
    'The body is not JSON',
    'Send one JSON value in UTF-8; a JSON checker shows where it breaks off.',
  ],
  invalid_cursor: [
    400,
    'The cursor is not one of ours',
    'Take the cursor from nextCursor of the page before, unchanged, or leave it out to begin at the first page.',
  ],
  unauthenticated: [
    401,
    'A valid bearer token is needed',
    'Send "Authorization: Bearer <token>" with a token that has not expired; get a new one if it has.',
  ],
  forbidden: [
    403,
    'This role may not do that',
    'Ask with the token of a role that may; the reference lists the roles of each route.',
  ],
  not_found: [
    404,
    'There is no such thing',
    "Look the path and the ids up in the reference. What is someone else's looks the same as what is not there.",
  ],
  method_not_allowed: [
    405,
    'That cannot be done here',
    'Use one of the methods that the Allow header of the answer names.',
  ],
  unknown_listing: [
    404,
    'There is no such listing',
    "Take the id from GET /v1/listings. Listings that were withdrawn, or that are someone else's to change, look the same.",
  ],
  unknown_booking: [
    404,
    'There is no such booking',
    'Take the id from GET /v1/bookings, and ask with the token of its traveler, its owner or an admin.',
  ],
  booking_already_decided: [
    409,
    'The booking was decided already',
    'Read the booking that came with the problem: its status and reason say what became of it. One that ended can be asked for anew.',
  ],
  owner_does_not_decide: [
    409,
    "The owner does not decide about this listing's bookings",
    'Wait: these bookings are confirmed by payment or at once. They can still be cancelled.',
  ],
  dates_unavailable: [
    409,
    'The dates are not available',
    'Ask GET /v1/listings/{id}/availability for free days, and request others or fewer at once.',
  ],
  price_mismatch: [
    409,
    'The price is another one',
    'Show the traveler the price that the problem names, and repeat with it under a new Idempotency-Key.',
  ],
  listing_withdrawn: [
    409,
    'The listing is no longer offered',
    'Choose another listing. Bookings made before it was withdrawn stand.',
  ],
  listing_exists: [
    409,
    'There is a listing with this id',
    'Choose another id, or leave it out to be given one; PATCH changes the listing that is there.',
  ],
  capacity_taken: [
    409,
    'More is booked than the new capacity',
    'Choose a capacity that covers the fullest day, or cancel bookings first.',
  ],
  too_many_bookings: [
    409,
    'The listing holds as many bookings as it can',
    'Ask the owner to split the listing, or wait until some of its bookings have ended.',
  ],
  alias_taken: [
    409,
    'The booking could not be told apart from another; ask again',
    'Repeat the request with a new Idempotency-Key: the booking then gets another id.',
  ],
  already_requested: [
    409,
    'The booking was requested before',
    'Read the booking that came with the problem; use a new Idempotency-Key to book once more.',
  ],
  version_mismatch: [
    412,
    'The booking has changed',
    'Read the booking again, look at what has changed, and send its new ETag as If-Match.',
  ],
  body_too_large: [413, 'The body is too large', 'Send less; the problem says how much is taken.'],
  invalid_request: [
    422,
    'The request is not valid',
    'Correct what errors points at: each has the place and what is wrong with it.',
  ],
  idempotency_key_reused: [
    422,
    'The Idempotency-Key was used for another request',
    'Take a new Idempotency-Key for each request; only a repetition, the same to the letter, keeps its own.',
  ],
  too_many_requests: [429, 'Too many requests', 'Repeat after Retry-After, and less often.'],
  invalid_dates: [
    422,
    'The dates are not valid',
    'Send days as YYYY-MM-DD, none of them past, with the check-out after the check-in; flights have no check-out.',
  ],
  too_many_guests: [
    422,
    'The listing does not take so many guests',
    'Ask for at most maxGuests of the listing, or make several bookings.',
  ],
  undecidable: [
    500,
    'The command could not be decided',
    'Do not repeat it as it is. Tell us the X-Request-Id of the answer: the fault is ours.',
  ],
  internal_error: [
    500,
    'Something went wrong',
    'Try again later. If it stays, tell us the X-Request-Id of the answer.',
  ],
  log_unavailable: [
    503,
    'The log cannot be reached; nothing was written',
    'Repeat after Retry-After, with the Idempotency-Key that the problem names.',
  ],
  outcome_unknown: [
    503,
    'The log did not answer in time; repeat with the same Idempotency-Key',
    'Repeat after Retry-After with the Idempotency-Key that the problem names: it will not be done twice.',
  ],
  query_unavailable: [
    503,
    'The query API cannot be reached',
    'Repeat after Retry-After. Requests for bookings are taken meanwhile.',
  ],
  not_yet_visible: [
    503,
    'The write that the Consistency-Token names is not visible yet; ask again',
    'Repeat after Retry-After with the same Consistency-Token.',
  ],
} as const satisfies Record<string, readonly [status: number, title: string, mend: string]>

export type ProblemCode = keyof typeof PROBLEMS

export interface Fault {
  /** JSON pointer into the body, or the name of a header or query parameter. */
  pointer: string
  /** A sentence that begins with the name of what is wrong, and says what is expected. */
  detail: string
}

export interface ProblemDocument {
  type: string
  title: string
  status: (typeof PROBLEMS)[ProblemCode][0]
  code: ProblemCode
  /** What to do about it, in a sentence or two. */
  mend: string
  detail?: string
  instance?: string
  errors?: Fault[]
  [extension: string]: unknown
}

export interface ProblemExtras {
  detail?: string
  instance?: string
  errors?: Fault[]
  [extension: string]: unknown
}

export function problem(code: ProblemCode, extras: ProblemExtras = {}): ProblemDocument {
  const [status, title, mend] = PROBLEMS[code]
  return { type: `/problems/${code}`, title, status, code, mend, ...extras }
}

/** The problem of a command that was not granted. What is someone else's looks as if it did not exist. */
export function codeOf(reason: Refusal | Failure, bookingId: string | null): ProblemCode {
  if (reason !== 'not_yours') return reason
  return bookingId === null ? 'unknown_listing' : 'unknown_booking'
}

export const isProblemCode = (code: string): code is ProblemCode => Object.hasOwn(PROBLEMS, code)

/** Thrown where an answer can be nothing else; whoever serves HTTP turns it into one. */
export class ProblemError extends Error {
  override name = 'ProblemError'
  readonly document: ProblemDocument
  constructor(code: ProblemCode, extras: ProblemExtras = {}) {
    super(extras.detail ?? PROBLEMS[code][1])
    this.document = problem(code, extras)
  }
}
