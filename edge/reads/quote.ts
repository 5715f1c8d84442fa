import type { Principal } from '#domain/actor.ts'
import { type BookingRequest, spanFault } from '#domain/booking.ts'
import { instantOf } from '#domain/civil.ts'
import type { RequestBooking } from '#domain/command.ts'
import { bookingIdOf } from '#domain/ids.ts'
import type { Kind } from '#domain/kinds.ts'
import { quoteRequest } from '#domain/quotes.ts'
import { faultsOf, pastFailure, rejection } from '../commands/failures.ts'
import type { EdgeDeps } from '../deps.ts'
import { readState } from './known-state.ts'
import type { Caller } from './query-client.ts'

/** What a quote is asked for. */
export type QuotedRequest = Pick<BookingRequest, 'listingId' | 'checkIn' | 'checkOut' | 'guests' | 'quantity'>

/**
 * The quote of a request, by the function that the decider uses. A span that the kind of the listing cannot have has no price.
 * @throws ProblemError `invalid_dates` for such a span, `unknown_listing`, or `query_unavailable`
 */
export async function quoteOf(deps: EdgeDeps, asked: QuotedRequest, actor: Principal, caller: Caller) {
  const now = (deps.now ?? Date.now)()
  const command = commandOf(asked, actor, now)
  rejectSpan(command, null)
  const state = await readState(deps.query, asked, caller)
  const { listing } = state
  rejectSpan(command, listing.kind)
  const { quote, failure } = quoteRequest(command, state, listing)
  const reason = (deps.allowPastDates ? null : pastFailure(asked.checkIn, listing.timeZone, now)) ?? failure
  return {
    ...quote,
    available: reason === null,
    reason: reason && reason.reason,
    errors: reason ? faultsOf(reason, command.dialect) : [],
  }
}

/** The command that would request the booking. It is not sent. */
function commandOf(asked: QuotedRequest, actor: Principal, now: number): RequestBooking {
  const id = crypto.randomUUID()
  const request = { ...asked, specialRequests: null, price: null, paymentMethod: null }
  const base = { type: 'RequestBooking', id, bookingId: bookingIdOf(id), listingId: asked.listingId } as const
  return { ...base, actor, at: instantOf(now), dialect: 'v1', request }
}

function rejectSpan(command: RequestBooking, kind: Kind | null): void {
  const must = spanFault(command.request, kind)
  if (must) throw rejection({ reason: 'invalid_dates', field: 'checkOut', must }, command)
}
