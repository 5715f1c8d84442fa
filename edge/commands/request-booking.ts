import { type Booking, type DialectName, type PendingBooking, spanFault, type BookingRequest } from '#domain/booking.ts'
import { decide, priceOf } from '#domain/listing/decide.ts'
import { unpublished } from '#domain/listing/state.ts'
import { addDays, startOfDay } from '#domain/civil.ts'
import type { RequestBooking } from '#domain/command.ts'
import type { Failure } from '#domain/event.ts'
import { faultAt } from '#platform/faults.ts'
import { bookingIdOf } from '#domain/ids.ts'
import type { Listing } from '#domain/listing.ts'
import { fromMajor, type Money, toMajor } from '#domain/money.ts'
import { BOOKING_PROBLEMS, problemOf } from '#domain/problems.ts'
import { ProblemError } from '#platform/problems.ts'
import type { EdgeDeps } from '../deps.ts'
import type { Intent } from './intent.ts'
import { awaited, granted, originalReceipt, send } from './send.ts'

/** The last place on earth where a day ends. */
const LAST_TIME_ZONE = 'Etc/GMT+12'

export interface Requested {
  booking: PendingBooking
  /** Whether the answer is the one that was asked for; otherwise what became of the request was waited for in vain. */
  inTime: boolean
}

/** Long enough for one request, however often it is sent, to get one answer. Without a key it has only one. */
const KEYED_WAIT_MS = 4_000

/**
 * The booking as it was asked for, once the log has the request; if the client would wait, the booking as it was decided, or a
 * problem. A request that was sent before is not sent again.
 * @param total what it costs, as the documents say it: in whole units of a currency that only the listing knows
 */
export async function requestBooking(
  deps: EdgeDeps,
  intent: Intent,
  request: BookingRequest,
  dialect: DialectName,
  total?: number,
): Promise<Requested> {
  const before = await originalReceipt(deps, intent)
  const asked = before ? undefined : await sendRequest(deps, intent, request, dialect, total)
  const waitMs = intent.waitMs ?? (intent.keyed ? KEYED_WAIT_MS : 0)
  const receipt = before ?? (waitMs > 0 ? await awaited(deps, intent, waitMs) : undefined)
  // A refusal that has no booking leaves nothing to answer with but the problem.
  if (receipt && (intent.waitMs !== undefined || !receipt.booking)) granted(receipt)
  const told = receipt?.booking
  if (told) return { booking: intent.waitMs === undefined ? asRequested(told) : told, inTime: true }
  return { booking: asked!, inTime: intent.waitMs === undefined }
}

/** As every booking begins, whatever has become of it since. */
const asRequested = (booking: Booking): Booking => ({
  ...booking,
  status: 'pending',
  reason: null,
  version: 1,
  updatedAt: booking.createdAt,
})

/** Looking ahead saves a hopeless request the way. */
async function sendRequest(
  deps: EdgeDeps,
  intent: Intent,
  asked: BookingRequest,
  dialect: DialectName,
  total: number | undefined,
): Promise<PendingBooking> {
  const { listingId } = asked
  const bookingId = bookingIdOf(intent.command.id)
  if (asked.checkOut !== null) refuseSpan(asked, 'stay', dialect)
  const listing = await deps.query.lookAhead(listingId, intent.authorization)
  if (!deps.allowPastDates) refusePast(asked, listing?.timeZone ?? LAST_TIME_ZONE, (deps.now ?? Date.now)(), dialect)
  const request = listing && total !== undefined ? { ...asked, price: fromMajor(total, listing.price.currency) } : asked
  const command = { type: 'RequestBooking' as const, ...intent.command, listingId, bookingId, dialect, request }
  if (!listing) {
    await send(deps, intent, command)
    return unforeseen(command)
  }
  const booking = foresee(command, listing)
  await send(deps, intent, command, { ownerId: booking.ownerId, name: listing.name, price: toMajor(booking.price) })
  return booking
}

/** What the decider will say, if nothing else is booked: the same function, asked beforehand. Advice, not the decision. */
function foresee(command: RequestBooking, listing: Listing): Booking {
  const [fact] = decide(command, { ...unpublished, listing })
  if (fact.type === 'booking.failed') throw foreseen(fact.reason as Failure, command, listing)
  if (fact.type !== 'booking.created') throw new Error(`a request on an empty listing became ${fact.type}`)
  return fact.booking
}

function foreseen(reason: Failure, { request, bookingId, dialect }: RequestBooking, listing: Listing): ProblemError {
  if (reason === 'invalid_dates') refuseSpan(request, listing.kind, dialect)
  const price = priceOf(request, listing)
  const told: Partial<Record<Failure, [field: Field, what: string]>> = {
    too_many_guests: ['guests', `must be at most ${listing.maxGuests}`],
    price_mismatch: ['price', `must be ${dialect === 'airbnb' ? toMajor(price) : inMinorUnits(price)}`],
    dates_unavailable: ['quantity', `must be at most ${listing.capacity}`],
  }
  const [field, what] = told[reason] ?? []
  return new ProblemError(problemOf(reason, bookingId), field && what ? at(dialect, field, what) : {})
}

const inMinorUnits = ({ amount, currency }: Money): string => `${amount} ${currency} in minor units`

function refuseSpan(request: BookingRequest, kind: Listing['kind'], dialect: DialectName): void {
  const fault = spanFault(request, kind)
  if (fault) throw new ProblemError(BOOKING_PROBLEMS.invalid_dates, at(dialect, 'checkOut', fault))
}

/** A day has passed when it has ended where the listing is. */
function refusePast({ checkIn }: BookingRequest, timeZone: string, now: number, dialect: DialectName): void {
  if (startOfDay(addDays(checkIn, 1), timeZone) > now) return
  throw new ProblemError(BOOKING_PROBLEMS.invalid_dates, at(dialect, 'checkIn', 'must be a day that has not passed'))
}

type Field = 'checkIn' | 'checkOut' | 'guests' | 'quantity' | 'price'

const SPELLING: Readonly<Record<DialectName, Partial<Record<Field, string>>>> = {
  v1: {},
  lab2: { checkIn: 'check_in', checkOut: 'check_out', guests: 'guest_count' },
  airbnb: { price: 'totalPrice' },
}

const at = (dialect: DialectName, field: Field, what: string) => ({
  errors: [faultAt(`/${SPELLING[dialect][field] ?? field}`, what)],
})

function unforeseen({ bookingId, actor, at, dialect, request }: RequestBooking): PendingBooking {
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
    dialect,
  }
}
