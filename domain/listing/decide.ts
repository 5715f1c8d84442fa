import type { Actor } from '../actor.ts'
import { type Booking, isLive, spanFault, type Status, type Wish } from '../booking.ts'
import { daysOf, instantOf, startOfDay } from '../civil.ts'
import type { Command, Decision, RequestBooking } from '../command.ts'
import type { BookingEvent, Fact, Failure, ListingEvent, Refusal } from '../event.ts'
import { shareAlias } from '../ids.ts'
import type { Listing } from '../listing.ts'
import { times } from '../money.ts'
import { bookingOf, type Calendar } from './state.ts'

/** Most live bookings of one listing: it bounds the document that decides. */
export const MAX_LIVE_BOOKINGS = 5_000

/** How long a pending booking holds its inventory. */
export const HOLD_TTL_MS = 24 * 60 * 60 * 1000

/**
 * What a command does to a listing. Pure: every time, id and chance comes in with the command. A wish that cannot be
 * granted is a fact like any other, with its reason.
 * @param archived the booking the command names, if this listing held it once and has let it go
 * @returns at least one fact, in order
 */
export function decide(command: Command, calendar: Calendar, archived?: Booking): [Fact, ...Fact[]] {
  switch (command.type) {
    case 'PublishListing':
      return [publish(command.listing, command.actor, calendar)]
    case 'ChangeListing':
      return [changeListing(command.actor, calendar, (l) => ['listing.changed', { ...l, ...command.changes }])]
    case 'WithdrawListing':
      return [changeListing(command.actor, calendar, (l) => ['listing.withdrawn', l])]
    case 'RequestBooking':
      return request(command, calendar, archived)
    case 'AcceptBooking':
    case 'RejectBooking':
    case 'CancelBooking':
      return [settle(command, bookingOf(calendar, command.bookingId) ?? archived, calendar)]
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
function publish(listing: Listing, actor: Actor, calendar: Calendar): Fact {
  if (!mayManage(actor, listing.ownerId)) return refused('not_yours')
  if (calendar.listing && !(calendar.withdrawn && isSame(calendar.listing, listing, calendar))) {
    return refused('listing_exists')
  }
  return fits(calendar, listing) ? { type: 'listing.published', listing } : refused('capacity_taken')
}

/** Who decides may change only while there is nothing left to decide. */
const isSame = (old: Listing, listing: Listing, { taken }: Calendar): boolean =>
  old.ownerId === listing.ownerId &&
  old.kind === listing.kind &&
  (old.confirmationPolicy === listing.confirmationPolicy || taken.size === 0)

function changeListing(
  actor: Actor,
  calendar: Calendar,
  change: (listing: Listing) => [ListingEvent['type'], Listing],
): Fact {
  if (!calendar.listing) return refused('unknown_listing')
  if (!mayManage(actor, calendar.listing.ownerId)) return refused('not_yours')
  if (calendar.withdrawn) return refused('listing_withdrawn')
  const [type, listing] = change(calendar.listing)
  return fits(calendar, listing) ? { type, listing } : refused('capacity_taken')
}

const fits = (calendar: Calendar, { capacity }: Listing): boolean =>
  [...calendar.taken.values()].every((taken) => taken <= capacity)

function request(command: RequestBooking, calendar: Calendar, archived?: Booking): [Fact, ...Fact[]] {
  const known = bookingOf(calendar, command.bookingId) ?? archived
  // Only whoever booked it is told of it.
  if (known) return [refused('already_requested', isTravelerOf(known, command.actor) ? known : null, known.id)]
  const { listing } = calendar
  if (!listing) return [refused('unknown_listing', null, command.bookingId)]

  const pending = pendingBooking(command, listing)
  const failure = failureOf(command, calendar, listing)
  if (failure) return [bookingFact('booking.failed', null, { ...pending, holdExpiresAt: null }, 'failed', failure)]

  const created = bookingFact('booking.created', null, pending, 'pending')
  if (listing.confirmationPolicy !== 'instant') return [created]
  const confirmed = { ...pending, version: 2, holdExpiresAt: null }
  return [created, bookingFact('booking.confirmed', 'pending', confirmed, 'confirmed')]
}

function failureOf(command: RequestBooking, calendar: Calendar, listing: Listing): Failure | null {
  const { wish, bookingId } = command
  if (calendar.withdrawn) return 'listing_withdrawn'
  if (spanFault(wish, listing.kind)) return 'invalid_dates'
  if (wish.guests > listing.maxGuests) return 'too_many_guests'
  const price = priceOf(wish, listing)
  if (wish.price && (wish.price.amount !== price.amount || wish.price.currency !== price.currency)) {
    return 'price_mismatch'
  }
  if (!hasRoom(wish, calendar, listing.capacity)) return 'dates_unavailable'
  if (isFull(calendar)) return 'too_many_bookings'
  for (const id of calendar.bookings.keys()) if (shareAlias(id, bookingId)) return 'alias_taken'
  return null
}

/** Those that came to an end do not count, although they may still be held. */
const isFull = ({ bookings }: Calendar): boolean =>
  bookings.size >= MAX_LIVE_BOOKINGS &&
  [...bookings.values()].filter(({ status }) => isLive(status)).length >= MAX_LIVE_BOOKINGS

export function hasRoom(wish: Pick<Wish, 'checkIn' | 'checkOut' | 'quantity'>, calendar: Calendar, capacity: number) {
  return daysOf(wish).every((day) => (calendar.taken.get(day) ?? 0) + wish.quantity <= capacity)
}

/** Per night, day or departure, and for each room, car or seat. What cannot be booked costs nothing, however long. */
export const priceOf = (wish: Pick<Wish, 'checkIn' | 'checkOut' | 'quantity'>, listing: Listing) =>
  times(listing.price, spanFault(wish, listing.kind) ? 0 : daysOf(wish).length * wish.quantity)

function pendingBooking(command: RequestBooking, listing: Listing): Booking {
  const { listingId: _named, price: _believed, ...wish } = command.wish
  return {
    id: command.bookingId,
    listingId: listing.id,
    ownerId: listing.ownerId,
    travelerId: command.actor.id,
    kind: listing.kind,
    ...wish,
    price: priceOf(command.wish, listing),
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
function holdExpiry({ at, wish }: RequestBooking, timeZone: string): string {
  const asked = Date.parse(at)
  const checkIn = startOfDay(wish.checkIn, timeZone)
  return instantOf(checkIn <= asked ? asked + HOLD_TTL_MS : Math.min(asked + HOLD_TTL_MS, checkIn))
}

function settle(command: Decision, booking: Booking | undefined, calendar: Calendar): Fact {
  if (!booking) return refused('unknown_booking', null, command.bookingId)
  const refusal = refusalOf(command, booking, calendar)
  if (refusal) return refused(refusal, booking)
  const [type, status] = outcomeOf(command.type, calendar)
  const reason = command.type === 'AcceptBooking' ? null : command.reason
  const changed = { ...booking, version: booking.version + 1, updatedAt: command.at, holdExpiresAt: null }
  return bookingFact(type, booking.status, changed, status, reason)
}

function refusalOf(command: Decision, booking: Booking, calendar: Calendar): Refusal | null {
  const mayCancel = command.type === 'CancelBooking' && isTravelerOf(booking, command.actor)
  if (!mayManage(command.actor, booking.ownerId) && !mayCancel) return 'not_yours'
  if (command.expectedVersion !== undefined && command.expectedVersion !== booking.version) return 'version_mismatch'
  if (command.type === 'CancelBooking') return isLive(booking.status) ? null : 'booking_already_decided'
  if (booking.status !== 'pending') return 'booking_already_decided'
  return OWNER_DECIDES.has(calendar.listing?.confirmationPolicy) ? null : 'owner_does_not_decide'
}

const OWNER_DECIDES: ReadonlySet<Listing['confirmationPolicy'] | undefined> = new Set(['owner', 'owner+payment'])

function outcomeOf(type: Decision['type'], { listing }: Calendar): [BookingEvent['type'], Status] {
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
