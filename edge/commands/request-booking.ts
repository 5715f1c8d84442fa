import {
  type Booking,
  type BookingRequest,
  type PendingBooking,
  type PublicBooking,
  publicBooking,
  spanFault,
} from '#domain/booking.ts'
import { decide } from '#domain/listing/decide.ts'
import { failureOf } from '#domain/listing/request.ts'
import type { RequestBooking } from '#domain/command.ts'
import type { DialectName } from '#domain/dialects/name.ts'
import { spellingOf } from '#domain/dialects/registry.ts'
import { faultAt } from '#platform/faults.ts'
import { bookingIdOf } from '#domain/ids.ts'
import type { Listing } from '#domain/listing.ts'
import { fromMajor, type Money, toMajor } from '#domain/money.ts'
import { BOOKING_PROBLEMS } from '#domain/problems.ts'
import { ProblemError } from '#platform/problems.ts'
import type { EdgeDeps } from '../deps.ts'
import { invalid } from '../guard/validate.ts'
import { pastFailure, rejection } from './failures.ts'
import type { Intent } from './intent.ts'
import { type KnownState, knownState } from '../reads/known-state.ts'
import { type Prepared, rejectRefused, sendOnce, type SendResult } from './send.ts'

/** The last time zone in which a day ends. */
const LAST_TIME_ZONE = 'Etc/GMT+12'

export interface RequestedBooking {
  booking: PendingBooking
  /** Whether the client waited for the decision and no receipt came in time. */
  isPending: boolean
}

/** The wait that lets repetitions of a request return the same response. A request without a key is never repeated. */
const KEYED_WAIT_MS = 4_000

/**
 * Returns the requested booking when the log has the request. If the client waits, returns the decided booking or throws a problem.
 * A repeated request is not sent again.
 * @param total the price that the client expects, in major units of the listing's currency
 */
export async function requestBooking(
  deps: EdgeDeps,
  intent: Intent,
  request: BookingRequest,
  dialect: DialectName,
  total?: number,
): Promise<RequestedBooking> {
  const waitMs = intent.waitMs ?? (intent.isKeyed ? KEYED_WAIT_MS : 0)
  const prepare = (ahead: CheckAhead) => prepareRequest(deps, intent, request, dialect, total, ahead)
  const { prepared, receipt } = await sendUnlessTaken(deps, intent, prepare, waitMs)
  // Without a booking, the problem is the only possible response to a refusal.
  if (intent.waitMs !== undefined || !receipt?.booking) rejectRefused(receipt)
  const decided = receipt?.booking
  if (!decided) return { booking: prepared!.booking, isPending: intent.waitMs !== undefined }
  return { booking: intent.waitMs === undefined ? asRequested(decided) : publicBooking(decided), isPending: false }
}

/** How much of the listing a request is compared with before it is sent. */
type CheckAhead = 'with calendar' | 'without calendar'

/**
 * Rejects a request for days that are known to be taken, unless it may be a repetition: then its own booking may have taken them.
 * A repetition returns its receipt, or is sent again, which the decider recognizes.
 */
async function sendUnlessTaken<P extends Prepared>(
  deps: EdgeDeps,
  intent: Intent,
  prepare: (ahead: CheckAhead) => Promise<P>,
  waitMs: number,
): Promise<SendResult<P>> {
  try {
    return await sendOnce(deps, intent, () => prepare('with calendar'), waitMs)
  } catch (error) {
    if (!intent.isKeyed || !isTaken(error) || (await deps.query.isUnsent(intent.command.id, intent.caller))) throw error
    return sendOnce(deps, intent, () => prepare('without calendar'), waitMs)
  }
}

const isTaken = (error: unknown): boolean =>
  error instanceof ProblemError && error.document.code === BOOKING_PROBLEMS.dates_unavailable.code

/** The booking as it was when it was requested. */
const asRequested = (booking: Booking): PublicBooking => ({
  ...publicBooking(booking),
  status: 'pending',
  reason: null,
  version: 1,
  updatedAt: booking.createdAt,
})

/** Reads the listing from the query API, to reject a request that cannot succeed before it is sent. */
async function prepareRequest(
  deps: EdgeDeps,
  intent: Intent,
  unpriced: BookingRequest,
  dialect: DialectName,
  total: number | undefined,
  ahead: CheckAhead,
): Promise<Prepared & { booking: PendingBooking }> {
  const { listingId } = unpriced
  const bookingId = bookingIdOf(intent.command.id)
  const fault = spanFault(unpriced, null)
  if (fault) throw rejection({ reason: 'invalid_dates', field: 'checkOut', must: fault }, { dialect, bookingId })
  const state = await knownState(deps.query, unpriced, intent.caller)
  const listing = state?.listing
  const price = listing && total !== undefined ? expectedPrice(total, listing, dialect) : unpriced.price
  const request = { ...unpriced, price }
  const command = { type: 'RequestBooking' as const, ...intent.command, listingId, bookingId, dialect, request }
  const now = (deps.now ?? Date.now)()
  const past = deps.allowPastDates ? null : pastFailure(request.checkIn, listing?.timeZone ?? LAST_TIME_ZONE, now)
  if (past) throw rejection(past, command)
  if (!state || !listing) return { command, booking: unknownListing(command) }
  const booking = predict(command, ahead === 'with calendar' ? state : { ...state, taken: new Map() })
  const hint = { ownerId: booking.ownerId, name: listing.name, price: toMajor(booking.price) }
  return { command, hint, booking: publicBooking(booking) }
}

/** The price that the client expects. An amount that the currency does not have is no price. */
function expectedPrice(total: number, listing: Listing, dialect: DialectName): Money {
  const { currency } = listing.price
  const price = fromMajor(total, currency)
  if (price) return price
  throw invalid([faultAt(`/${spellingOf(dialect).fields.price ?? 'price'}`, `must be an amount of ${currency}`)])
}

/** Runs the decider's function on what is known of the listing. The result predicts the decision and does not replace it. */
function predict(command: RequestBooking, state: KnownState): Booking {
  const failure = failureOf(command, state, state.listing)
  if (failure) throw rejection(failure, command)
  const [fact] = decide(command, state)
  if (fact.type !== 'booking.created') throw new Error(`a request that can succeed became ${fact.type}`)
  return fact.booking
}

/** The booking of a listing that could not be read: the fields that depend on the listing are null. */
function unknownListing(command: RequestBooking): PendingBooking {
  const { bookingId, actor, at, request } = command
  const { price: _expectedPrice, paymentMethod: _method, ...requested } = request
  return {
    id: bookingId,
    ...requested,
    ownerId: null,
    travelerId: actor.id,
    kind: null,
    price: null,
    cancellationPolicy: null,
    payment: null,
    status: 'pending',
    reason: null,
    version: 1,
    holdExpiresAt: null,
    createdAt: at,
    updatedAt: at,
  }
}
