import type { Actor } from '../actor.ts'
import { type Booking, isLive, spanFault, type Status, type BookingRequest } from '../booking.ts'
import { daysOf, instantOf, startOfDay } from '../civil.ts'
import type { Command, BookingCommand, RequestBooking } from '../command.ts'
import type { BookingEvent, Fact, Failure, ListingEvent, Refusal } from '../event.ts'
import { shareAlias } from '../ids.ts'
import type { Listing } from '../listing.ts'
import { times } from '../money.ts'
import { bookingOf, type ListingState } from './state.ts'

/** Most live bookings of one listing: it bounds the document that decides. */
export const MAX_LIVE_BOOKINGS = 5_000

/** How long a pending booking holds its inventory. */
export const HOLD_TTL_MS = 24 * 60 * 60 * 1000

/**
 * What a command does to a listing. Pure: every time, id and chance comes in with the command. A request that cannot be
 * granted is a fact like any other, with its reason.
 * @param archived the booking the command names, if this listing held it once and has let it go
 * @returns at least one fact, in order
 */
export function decide(command: Command, state: ListingState, archived?: Booking): [Fact, ...Fact[]] {
  switch (command.type) {
    case 'PublishListing':
      return [publish(command.listing, command.actor, state)]
    case 'ChangeListing':
      return [changeListing(command.actor, state, (l) => ['listing.changed', { ...l, ...command.changes }])]
    case 'WithdrawListing':
      return [changeListing(command.actor, state, (l) => ['listing.withdrawn', l])]
    case 'RequestBooking':
      return request(command, state, archived)
    case 'AcceptBooking':
    case 'RejectBooking':
    case 'CancelBooking':
      return [settle(command, bookingOf(state, command.bookingId) ?? archived, state)]
  }
}

const mayManage = (actor: Actor, ownerId: string): boolean =>
  actor.role === 'admin' || actor.role === 'system' || (actor.role === 'owner' && actor.id === ownerId)

const isTravelerOf = (booking: Booking, actor: Actor): boolean =>
  actor.role === 'traveler' && actor.id === booking.travelerId

const refused = (reason: Refusal, booking: Booking | null = null, bookingId = booking?.id ?? null): Fact => ({
  type: 'command.refused',
  bookingId,
  reason,
  booking,
})

/** A withdrawn listing may be published again, as what it was. */
function publish(listing: Listing, actor: Actor, state: ListingState): Fact {
  if (!mayManage(actor, listing.ownerId)) return refused('not_yours')
  if (state.listing && !(state.withdrawn && isSame(state.listing, listing, state))) {
    return refused('listing_exists')
  }
  return fits(state, listing) ? { type: 'listing.published', listing } : refused('capacity_taken')
}

/** Who decides may change only while there is nothing left to decide. */
const isSame = (old: Listing, listing: Listing, { taken }: ListingState): boolean =>
  old.ownerId === listing.ownerId &&
  old.kind === listing.kind &&
  (old.confirmationPolicy === listing.confirmationPolicy || taken.size === 0)

function changeListing(
  actor: Actor,
  state: ListingState,
  change: (listing: Listing) => [ListingEvent['type'], Listing],
): Fact {
  if (!state.listing) return refused('unknown_listing')
  if (!mayManage(actor, state.listing.ownerId)) return refused('not_yours')
  if (state.withdrawn) return refused('listing_withdrawn')
  const [type, listing] = change(state.listing)
  return fits(state, listing) ? { type, listing } : refused('capacity_taken')
}

const fits = (state: ListingState, { capacity }: Listing): boolean =>
  [...state.taken.values()].every((taken) => taken <= capacity)

function request(command: RequestBooking, state: ListingState, archived?: Booking): [Fact, ...Fact[]] {
  const known = bookingOf(state, command.bookingId) ?? archived
  // Only whoever booked it is told of it.
  if (known) return [refused('already_requested', isTravelerOf(known, command.actor) ? known : null, known.id)]
  const { listing } = state
  if (!listing) return [refused('unknown_listing', null, command.bookingId)]

  const pending = pendingBooking(command, listing)
  const failure = failureOf(command, state, listing)
  if (failure) return [bookingFact('booking.failed', null, { ...pending, holdExpiresAt: null }, 'failed', failure)]

  const created = bookingFact('booking.created', null, pending, 'pending')
  if (listing.confirmationPolicy !== 'instant') return [created]
  const confirmed = { ...pending, version: 2, holdExpiresAt: null }
  return [created, bookingFact('booking.confirmed', 'pending', confirmed, 'confirmed')]
}

function failureOf(command: RequestBooking, state: ListingState, listing: Listing): Failure | null {
  const { request, bookingId } = command
  if (state.withdrawn) return 'listing_withdrawn'
  if (spanFault(request, listing.kind)) return 'invalid_dates'
  if (request.guests > listing.maxGuests) return 'too_many_guests'
  const price = priceOf(request, listing)
  if (request.price && (request.price.amount !== price.amount || request.price.currency !== price.currency)) {
    return 'price_mismatch'
  }
  if (!hasRoom(request, state, listing.capacity)) return 'dates_unavailable'
  if (isFull(state)) return 'too_many_bookings'
  for (const id of state.bookings.keys()) if (shareAlias(id, bookingId)) return 'alias_taken'
  return null
}

/** Those that came to an end do not count, although they may still be held. */
const isFull = ({ bookings }: ListingState): boolean =>
  bookings.size >= MAX_LIVE_BOOKINGS &&
  [...bookings.values()].filter(({ status }) => isLive(status)).length >= MAX_LIVE_BOOKINGS

export function hasRoom(
  request: Pick<BookingRequest, 'checkIn' | 'checkOut' | 'quantity'>,
  state: ListingState,
  capacity: number,
) {
  return daysOf(request).every((day) => (state.taken.get(day) ?? 0) + request.quantity <= capacity)
}

/** Per night, day or departure, and for each room, car or seat. What cannot be booked costs nothing, however long. */
export const priceOf = (request: Pick<BookingRequest, 'checkIn' | 'checkOut' | 'quantity'>, listing: Listing) =>
  times(listing.price, spanFault(request, listing.kind) ? 0 : daysOf(request).length * request.quantity)

function pendingBooking(command: RequestBooking, listing: Listing): Booking {
  const { listingId: _named, price: _believed, ...request } = command.request
  return {
    id: command.bookingId,
    listingId: listing.id,
    ownerId: listing.ownerId,
    travelerId: command.actor.id,
    kind: listing.kind,
    ...request,
    price: priceOf(command.request, listing),
    status: 'pending',
    reason: null,
    version: 1,
    holdExpiresAt: holdExpiry(command, listing.timeZone),
    createdAt: command.at,
    updatedAt: command.at,
    dialect: command.dialect,
  }
}

/** Not past the check-in; one that is past already, which only the dev profile lets through, holds for the full time. */
function holdExpiry({ at, request }: RequestBooking, timeZone: string): string {
  const asked = Date.parse(at)
  const checkIn = startOfDay(request.checkIn, timeZone)
  return instantOf(checkIn <= asked ? asked + HOLD_TTL_MS : Math.min(asked + HOLD_TTL_MS, checkIn))
}

function settle(command: BookingCommand, booking: Booking | undefined, state: ListingState): Fact {
  if (!booking) return refused('unknown_booking', null, command.bookingId)
  const refusal = refusalOf(command, booking, state)
  if (refusal) return refused(refusal, booking)
  const [type, status] = outcomeOf(command.type, state)
  const reason = command.type === 'AcceptBooking' ? null : command.reason
  const changed = { ...booking, version: booking.version + 1, updatedAt: command.at, holdExpiresAt: null }
  return bookingFact(type, booking.status, changed, status, reason)
}

function refusalOf(command: BookingCommand, booking: Booking, state: ListingState): Refusal | null {
  const mayCancel = command.type === 'CancelBooking' && isTravelerOf(booking, command.actor)
  if (!mayManage(command.actor, booking.ownerId) && !mayCancel) return 'not_yours'
  if (command.expectedVersion !== undefined && command.expectedVersion !== booking.version) return 'version_mismatch'
  if (command.type === 'CancelBooking') return isLive(booking.status) ? null : 'booking_already_decided'
  if (booking.status !== 'pending') return 'booking_already_decided'
  return OWNER_DECIDES.has(state.listing?.confirmationPolicy) ? null : 'owner_does_not_decide'
}

const OWNER_DECIDES: ReadonlySet<Listing['confirmationPolicy'] | undefined> = new Set(['owner', 'owner+payment'])

function outcomeOf(type: BookingCommand['type'], { listing }: ListingState): [BookingEvent['type'], Status] {
  if (type === 'RejectBooking') return ['booking.rejected', 'rejected']
  if (type === 'CancelBooking') return ['booking.cancelled', 'cancelled']
  return listing?.confirmationPolicy === 'owner+payment'
    ? ['booking.accepted', 'accepted']
    : ['booking.confirmed', 'confirmed']
}

function bookingFact(
  type: BookingEvent['type'],
  previousStatus: Status | null,
  booking: Booking,
  status: Status,
  reason: string | null = null,
): Fact {
  return { type, bookingId: booking.id, previousStatus, reason, booking: { ...booking, status, reason } }
}
