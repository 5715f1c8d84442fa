import { type Booking, type BookingRequest, isLive, type RequestField, spanFault } from '../booking.ts'
import { addDays, dayAt, daysBetween, daysOf, instantOf, LAST_INSTANT, startOfDay } from '../civil.ts'
import type { RequestBooking } from '../command.ts'
import type { Fact, FailureReason } from '../event.ts'
import { shareAlias } from '../dialects/registry.ts'
import { KINDS } from '../kinds.ts'
import type { Listing } from '../listing.ts'
import { type Money, times } from '../money.ts'
import { UNPAID } from '../payment.ts'
import { mustAgree } from '../policies.ts'
import { factsAlong, refused, type NewBooking } from './facts.ts'
import { isParty } from './rights.ts'
import { bookingOf, hasRoom, type ListingState } from './state.ts'
import { pathFrom, transitionsFor } from './transitions.ts'

/** Most live bookings of one listing. This limit and the next two bound the document that decides. */
export const MAX_LIVE_BOOKINGS = 5_000

/** Most text in the bookings of one listing, in UTF-16 code units: 100 for each, if there are as many as there may be. */
export const MAX_BOOKING_TEXT = 500_000

/** Most days of one listing on which something is taken: more than 27 years. */
export const MAX_TAKEN_DAYS = 10_000

/** Most requests of one listing that do not hold their dates: one decision may reject all of them. */
export const MAX_WITHOUT_HOLD = 100

/** Why the listing cannot take a request, and which field is the cause. */
export interface Failure {
  reason: FailureReason
  field?: RequestField
  /** The rest of a sentence about the field, as in "must be at most 4", or the correct price. */
  must?: string | Money
}

export function request(command: RequestBooking, state: ListingState, archived?: Booking): [Fact, ...Fact[]] {
  const { actor, at, bookingId } = command
  const known = bookingOf(state, bookingId) ?? archived
  // Only its traveler sees the booking.
  if (known)
    return [refused('already_requested', actor.role === 'traveler' && isParty(actor, known) ? known : null, known.id)]
  const { listing } = state
  if (!listing) return [refused('unknown_listing', null, bookingId)]

  const failure = failureOf(command, state, listing)
  const circumstances = { policy: listing.confirmationPolicy, possible: failure === null, agreed: [], isDue: false }
  const path = pathFrom(null, transitionsFor(command.type, actor), circumstances)
  if (typeof path === 'string') return [refused(path, null, bookingId)]
  return factsAlong(path, newBooking(command, listing), at, failure && failure.reason)
}

/** The first reason why the listing cannot take a request, or null. */
export function failureOf(command: RequestBooking, state: ListingState, listing: Listing): Failure | null {
  const { bookingId } = command
  const request = withQuantity(command.request, listing)
  if (state.withdrawn) return { reason: 'listing_withdrawn' }
  const span = spanFault(request, listing.kind)
  if (span) return { reason: 'invalid_dates', field: 'checkOut', must: span }
  const rule = ruleFault(command, listing)
  if (rule) return { reason: 'invalid_dates', ...rule }
  if (request.guests > listing.maxGuests) {
    return { reason: 'too_many_guests', field: 'guests', must: `must be at most ${listing.maxGuests}` }
  }
  const price = priceOf(request, listing)
  if (request.price && (request.price.amount !== price.amount || request.price.currency !== price.currency)) {
    return { reason: 'price_mismatch', field: 'price', must: price }
  }
  if (!hasRoom(request, { ...state, listing })) {
    const never = request.quantity > listing.capacity
    return {
      reason: 'dates_unavailable',
      ...(never && { field: 'quantity', must: `must be at most ${listing.capacity}` }),
    }
  }
  if (isFull(state, command, listing)) return { reason: 'too_many_bookings' }
  for (const id of state.bookings.keys()) if (shareAlias(id, bookingId)) return { reason: 'alias_taken' }
  return null
}

/** Ended bookings do not count, although they may still be held. */
function isFull({ bookings, taken }: ListingState, { actor, request }: RequestBooking, listing: Listing): boolean {
  const asked = textOf({ travelerId: actor.id, ...request })
  const live = () => [...bookings.values()].filter(({ status }) => isLive(status))
  if (!listing.holdOnRequest && live().filter(({ status }) => status === 'pending').length >= MAX_WITHOUT_HOLD)
    return true
  // Few bookings cannot reach a limit, so they are not counted.
  if (bookings.size >= MAX_LIVE_BOOKINGS && live().length >= MAX_LIVE_BOOKINGS) return true
  if (bookings.size >= MAX_BOOKING_TEXT / MAX_TEXT_OF_ONE && sum(live().map(textOf)) + asked > MAX_BOOKING_TEXT)
    return true
  return taken.size + daysOf(request).length > MAX_TAKEN_DAYS
}

/** A subject has at most 255 code units, special requests at most 1 000, a payment method at most 100. */
const MAX_TEXT_OF_ONE = 1_355

type Texts = Pick<Booking, 'travelerId' | 'specialRequests' | 'paymentMethod'>

const textOf = ({ travelerId, specialRequests, paymentMethod }: Texts): number =>
  travelerId.length + (specialRequests?.length ?? 0) + (paymentMethod?.length ?? 0)

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0)

/** A request for the units that it takes from a listing. */
export const withQuantity = (request: BookingRequest, { kind }: Listing): BookingRequest & { quantity: number } => ({
  ...request,
  quantity: request.quantity ?? (KINDS[kind].defaultQuantity === 'guests' ? request.guests : 1),
})

type Asked = Pick<BookingRequest, 'checkIn' | 'checkOut'> & { quantity: number }

/** The rule of the listing that the dates break, or null. A departure is one day, whatever the rules for nights say. */
function ruleFault({ at, request }: RequestBooking, listing: Listing): Pick<Failure, 'field' | 'must'> | null {
  const { minNights, maxNights, advanceNoticeDays, timeZone, kind } = listing
  const { checkIn, checkOut } = request
  const unit = KINDS[kind].span.per
  if (checkOut !== null) {
    const nights = daysBetween(checkIn, checkOut)
    if (nights < minNights)
      return { field: 'checkOut', must: `must be at least ${counted(minNights, unit)} after the check-in` }
    if (nights > maxNights)
      return { field: 'checkOut', must: `must be at most ${counted(maxNights, unit)} after the check-in` }
  }
  if (advanceNoticeDays > 0 && checkIn < addDays(dayAt(at, timeZone), advanceNoticeDays))
    return { field: 'checkIn', must: `must be at least ${counted(advanceNoticeDays, 'day')} from now` }
  return null
}

const counted = (count: number, unit: string): string => (count === 1 ? `1 ${unit}` : `${count} ${unit}s`)

/** Per night, day or departure, and for each unit. A span that is not valid costs nothing, however long it is. */
export const priceOf = (asked: Asked, listing: Listing): Money =>
  times(listing.price, spanFault(asked, listing.kind) ? 0 : daysOf(asked).length * asked.quantity)

function newBooking(command: RequestBooking, listing: Listing): NewBooking {
  const { listingId: _named, price: _believed, ...asked } = withQuantity(command.request, listing)
  return {
    id: command.bookingId,
    listingId: listing.id,
    ownerId: listing.ownerId,
    travelerId: command.actor.id,
    kind: listing.kind,
    ...asked,
    price: priceOf(asked, listing),
    status: null,
    reason: null,
    version: 0,
    ...timesOf(command, listing),
    createdAt: command.at,
    updatedAt: command.at,
    dialect: command.dialect,
    cancellationPolicy: listing.cancellationPolicy,
    payment: mustAgree(listing.confirmationPolicy, 'payment') ? UNPAID : null,
    remindedAt: null,
    timeZone: listing.timeZone,
  }
}

type Times = Pick<Booking, 'holdExpiresAt' | 'endsAt'>

/**
 * When the hold and the booking end. The hold ends at the check-in at the latest. A check-in that is past already, which only the dev
 * profile admits, gets the full hold and no completion.
 */
function timesOf({ at, request: { checkIn, checkOut } }: RequestBooking, listing: Listing): Times {
  const { timeZone, decisionWindowMs } = listing
  const [asked, start] = [Date.parse(at), startOfDay(checkIn, timeZone)]
  if (start <= asked) return { holdExpiresAt: instantOf(asked + decisionWindowMs), endsAt: null }
  const end = startOfDay(checkOut ?? addDays(checkIn, 1), timeZone)
  return {
    holdExpiresAt: instantOf(Math.min(asked + decisionWindowMs, start)),
    endsAt: instantOf(Math.min(end, LAST_INSTANT)),
  }
}
