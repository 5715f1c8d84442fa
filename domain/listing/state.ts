import { type Booking, isLive } from '../booking.ts'
import { type CivilDate, daysOf } from '../civil.ts'
import type { Fact } from '../event.ts'
import type { Listing } from '../listing.ts'

/**
 * A listing with its calendar and bookings: all that is needed to decide about it, and the only thing that decides. Bookings
 * that came to an end stay until the shell has archived them.
 */
export interface Calendar {
  /** Null until it is published. */
  listing: Listing | null
  withdrawn: boolean
  bookings: ReadonlyMap<string, HeldBooking>
  /** How much is taken of each night, day or departure; days of which nothing is taken are absent. */
  taken: ReadonlyMap<CivilDate, number>
}

/** A booking without what its listing says already. */
export type HeldBooking = Omit<Booking, 'id' | 'listingId' | 'ownerId' | 'kind'>

export const emptyCalendar: Calendar = { listing: null, withdrawn: false, bookings: new Map(), taken: new Map() }

export function bookingOf(calendar: Calendar, id: string): Booking | undefined {
  const held = calendar.bookings.get(id)
  if (!held || !calendar.listing) return undefined
  const { id: listingId, ownerId, kind } = calendar.listing
  return { id, listingId, ownerId, kind, ...held }
}

export function evolve(calendar: Calendar, fact: Fact): Calendar {
  switch (fact.type) {
    case 'command.refused':
      return calendar
    case 'listing.published':
    case 'listing.changed':
      return { ...calendar, listing: fact.listing, withdrawn: false }
    case 'listing.withdrawn':
      return { ...calendar, withdrawn: true }
    default:
      return withBooking(calendar, fact.booking)
  }
}

function withBooking(calendar: Calendar, booking: Booking): Calendar {
  const { id, listingId: _listingId, ownerId: _ownerId, kind: _kind, ...held } = booking
  const before = calendar.bookings.get(id)
  const change = (isLive(held.status) ? held.quantity : 0) - (before && isLive(before.status) ? before.quantity : 0)
  return {
    ...calendar,
    bookings: new Map(calendar.bookings).set(id, held),
    taken: change === 0 ? calendar.taken : withTaken(calendar.taken, daysOf(held), change),
  }
}

function withTaken(taken: Calendar['taken'], days: CivilDate[], change: number): Calendar['taken'] {
  const next = new Map(taken)
  for (const day of days) {
    const count = (next.get(day) ?? 0) + change
    if (count > 0) next.set(day, count)
    else next.delete(day)
  }
  return next
}

/** Bookings that have come to an end and need no longer be held. */
export const ended = (calendar: Calendar): Booking[] =>
  [...calendar.bookings].flatMap(([id, held]) => (isLive(held.status) ? [] : (bookingOf(calendar, id) ?? [])))

/** Lets go of bookings that came to an end. */
export function release(calendar: Calendar, ids: readonly string[]): Calendar {
  const bookings = new Map(calendar.bookings)
  for (const id of ids) bookings.delete(id)
  return { ...calendar, bookings }
}
