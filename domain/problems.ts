import type { Failure, Refusal } from './event.ts'

/**
 * Every problem a client can meet: a stable code, its status and title. One registry feeds the answers and the reference
 * pages. Problems are RFC 9457 documents.
 */
export const PROBLEMS = {
  malformed_json: [400, 'The body is not JSON'],
  invalid_cursor: [400, 'The cursor is not one of ours'],
  unauthenticated: [401, 'A valid bearer token is needed'],
  forbidden: [403, 'This role may not do that'],
  not_found: [404, 'There is no such thing'],
  unknown_listing: [404, 'There is no such listing'],
  unknown_booking: [404, 'There is no such booking'],
  booking_already_decided: [409, 'The booking was decided already'],
  owner_does_not_decide: [409, "The owner does not decide about this listing's bookings"],
  dates_unavailable: [409, 'The dates are not available'],
  price_mismatch: [409, 'The price is another one'],
  listing_withdrawn: [409, 'The listing is no longer offered'],
  listing_exists: [409, 'There is a listing with this id'],
  capacity_taken: [409, 'More is booked than the new capacity'],
  too_many_bookings: [409, 'The listing holds as many bookings as it can'],
  alias_taken: [409, 'The booking could not be told apart from another; ask again'],
  already_requested: [409, 'The booking was requested before'],
  version_mismatch: [412, 'The booking has changed'],
  body_too_large: [413, 'The body is too large'],
  invalid_request: [422, 'The request is not valid'],
  invalid_dates: [422, 'The dates are not valid'],
  too_many_guests: [422, 'The listing does not take so many guests'],
  undecidable: [500, 'The command could not be decided'],
  internal_error: [500, 'Something went wrong'],
  log_unavailable: [503, 'The log cannot be reached; nothing was written'],
  outcome_unknown: [503, 'The log did not answer in time; repeat with the same Idempotency-Key'],
  query_unavailable: [503, 'The query API cannot be reached'],
  not_yet_visible: [503, 'The write that the Consistency-Token names is not visible yet; ask again'],
} as const satisfies Record<string, readonly [status: number, title: string]>

export type ProblemCode = keyof typeof PROBLEMS

export interface Fault {
  /** JSON pointer into the body, or the name of a header or query parameter. */
  pointer: string
  detail: string
}

export interface ProblemDocument {
  type: string
  title: string
  status: (typeof PROBLEMS)[ProblemCode][0]
  code: ProblemCode
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
  const [status, title] = PROBLEMS[code]
  return { type: `/problems/${code}`, title, status, code, ...extras }
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
