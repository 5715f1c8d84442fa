import {
  type Booking,
  type BookingRequest,
  type PendingBooking,
  type PublicBooking,
  publicBooking,
  spanFault,
} from '#domain/booking.ts'
import { decide } from '#domain/listing/decide.ts'
import { type Failure, failureOf } from '#domain/listing/request.ts'
import { unpublished } from '#domain/listing/state.ts'
import { addDays, startOfDay } from '#domain/civil.ts'
import type { RequestBooking } from '#domain/command.ts'
import type { DialectName } from '#domain/dialects/name.ts'
import { spellingOf } from '#domain/dialects/registry.ts'

import { faultAt } from '#platform/faults.ts'
import { bookingIdOf } from '#domain/ids.ts'
import type { Listing } from '#domain/listing.ts'
import { fromMajor, toMajor } from '#domain/money.ts'
import { problemOf } from '#domain/problems.ts'
import { ProblemError } from '#platform/problems.ts'
import type { EdgeDeps } from '../deps.ts'
import type { Intent } from './intent.ts'
import { exchange, granted, type Prepared } from './send.ts'

/** The time zone where a day ends last. */
const LAST_TIME_ZONE = 'Etc/GMT+12'

export interface Requested {
  booking: PendingBooking
  /** Whether the answer is the one that the client asked for; false if it waited and no receipt came in time. */
  inTime: boolean
}

/** Long enough for repetitions of a request to get the same answer. A request without a key is never repeated. */
const KEYED_WAIT_MS = 4_000

/**
 * The requested booking, once the log has the request. If the client waits: the decided booking, or a problem. A repeated
 * request is not sent again.
 * @param total the price that the client expects, in whole units of the listing's currency
 */
export async function requestBooking(
  deps: EdgeDeps,
  intent: Intent,
  request: BookingRequest,
  dialect: DialectName,
  total?: number,
): Promise<Requested> {
  const waitMs = intent.waitMs ?? (intent.keyed ? KEYED_WAIT_MS : 0)
  const prepare = () => lookAhead(deps, intent, request, dialect, total)
  const { prepared, receipt } = await exchange(deps, intent, prepare, waitMs)
  // A refusal that has no booking leaves nothing to answer with but the problem.
  if (intent.waitMs !== undefined || !receipt?.booking) granted(receipt)
  const decided = receipt?.booking
  if (!decided) return { booking: prepared!.booking, inTime: intent.waitMs === undefined }
  return { booking: intent.waitMs === undefined ? asRequested(decided) : publicBooking(decided), inTime: true }
}

/** As every booking begins, whatever its state is now. */
const asRequested = (booking: Booking): PublicBooking => ({
  ...publicBooking(booking),
  status: 'pending',
  reason: null,
  version: 1,
  updatedAt: booking.createdAt,
})

/** Asks the query API for the listing, to reject a hopeless request before it is sent. */
async function lookAhead(
  deps: EdgeDeps,
  intent: Intent,
  asked: BookingRequest,
  dialect: DialectName,
  total: number | undefined,
): Promise<Prepared & { booking: PendingBooking }> {
  const { listingId } = asked
  const bookingId = bookingIdOf(intent.command.id)
  const fault = spanFault(asked, null)
  if (fault) throw rejection({ reason: 'invalid_dates', field: 'checkOut', must: fault }, { dialect, bookingId })
  const listing = await deps.query.lookAhead(listingId, intent.authorization)
  const request = listing && total !== undefined ? { ...asked, price: fromMajor(total, listing.price.currency) } : asked
  const command = { type: 'RequestBooking' as const, ...intent.command, listingId, bookingId, dialect, request }
  if (!deps.allowPastDates) refusePast(command, listing?.timeZone ?? LAST_TIME_ZONE, (deps.now ?? Date.now)())
  if (!listing) return { command, booking: unknownListing(command) }
  const booking = predict(command, listing)
  const hint = { ownerId: booking.ownerId, name: listing.name, price: toMajor(booking.price) }
  return { command, hint, booking: publicBooking(booking) }
}

/** What the decider will do if nothing else is booked: the same function, asked beforehand. Advice, not the decision. */
function predict(command: RequestBooking, listing: Listing): Booking {
  const state = { ...unpublished, listing }
  const failure = failureOf(command, state, listing)
  if (failure) throw rejection(failure, command)
  const [fact] = decide(command, state)
  if (fact.type !== 'booking.created') throw new Error(`a request on an empty listing became ${fact.type}`)
  return fact.booking
}

type About = Pick<RequestBooking, 'dialect' | 'bookingId'>

/** The failure as a problem, in the words of the request's dialect. */
function rejection({ reason, field, must }: Failure, { dialect, bookingId }: About): ProblemError {
  if (field === undefined || must === undefined) return new ProblemError(problemOf(reason, bookingId))
  const { fields, price } = spellingOf(dialect)
  const what = typeof must === 'string' ? must : `must be ${price(must)}`
  return new ProblemError(problemOf(reason, bookingId), { errors: [faultAt(`/${fields[field] ?? field}`, what)] })
}

/** A day has passed when it has ended where the listing is. */
function refusePast(command: RequestBooking, timeZone: string, now: number): void {
  const { checkIn } = command.request
  if (startOfDay(addDays(checkIn, 1), timeZone) > now) return
  throw rejection({ reason: 'invalid_dates', field: 'checkIn', must: 'must be a day that has not passed' }, command)
}

/** The booking of a listing that the query API could not be asked for: what follows from the listing is null. */
function unknownListing(command: RequestBooking): PendingBooking {
  const { bookingId, actor, at, request } = command
  const { price: _believed, ...asked } = request
  return {
    id: bookingId,
    ...asked,
    ownerId: null,
    travelerId: actor.id,
    kind: null,
    price: null,
    status: 'pending',
    reason: null,
    version: 1,
    holdExpiresAt: null,
    createdAt: at,
    updatedAt: at,
  }
}
