import { outcomeOf } from '#domain/outcome.ts'
import { TOO_LARGE } from '#platform/body-limit.ts'
import { faultAt } from '#platform/faults.ts'
import { problem, type ProblemDocument, type ProblemExtras } from '#platform/problems.ts'
import { PROBLEM_TYPES, type ProblemCode } from '../problem-types.ts'
import { confirmed, pending } from './examples.ts'

const KEY = '9f1c2f6e-2a7b-4a0e-8f0d-5f4b2f1f7c33'
const repeat = { detail: `Repeat the request with "Idempotency-Key: ${KEY}".`, idempotencyKey: KEY }

/** What one occurrence adds to the document of its type. */
const EXTRAS: Readonly<Partial<Record<ProblemCode, ProblemExtras>>> = {
  forbidden: { detail: 'Allowed roles: owner, admin.' },
  method_not_allowed: { detail: '/v1/bookings takes GET, HEAD, OPTIONS, POST.' },
  unsupported_media_type: { detail: 'Content-Type is text/plain; it must be application/json.' },
  body_too_large: TOO_LARGE,
  invalid_request: { errors: [faultAt('/guests', 'must be at least 1')] },
  too_many_requests: { detail: 'At most 12000 requests a minute are accepted.' },
  log_unavailable: repeat,
  outcome_unknown: repeat,
  query_unavailable: { detail: 'The query API did not respond in time.' },
  invalid_dates: { errors: [faultAt('/checkOut', 'must lie after the check-in')] },
  too_many_guests: { errors: [faultAt('/guests', 'must be at most 4')] },
  invalid_listing: { errors: [faultAt('/minNights', 'must be at most maxNights')] },
  price_mismatch: { errors: [faultAt('/price', 'must be 50000 USD in minor units')] },
  booking_already_decided: { detail: outcomeOf(confirmed), booking: confirmed },
  version_mismatch: { booking: confirmed },
  already_requested: { booking: pending },
}

/** In every document, beside `instance`, the path of the request. */
const TRACE = {
  requestId: '0a5d6c2e-6f6a-4f0e-9b52-6a1f4d1c7e11',
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
}

/** A document as clients get it, without its `instance`. */
export const problemExample = (code: ProblemCode): ProblemDocument =>
  problem(PROBLEM_TYPES[code], { ...EXTRAS[code], ...TRACE })
