import { type Booking, isLive, type Status } from '../booking.ts'
import { type CivilDate, daysOf } from '../civil.ts'
import type { Block } from '../block.ts'
import type { Fact } from '../event.ts'
import type { Listing } from '../listing.ts'

/**
 * A listing with its calendar and bookings: everything that a decision depends on. Bookings that have ended stay until the
 * processor has archived them.
 */
export interface ListingState {
  /** Null until it is published. */
  listing: Listing | null
  withdrawn: boolean
  bookings: ReadonlyMap<string, HeldBooking>
  /** How much is taken of each night, day or departure; days of which nothing is taken are absent. */
  taken: ReadonlyMap<CivilDate, number>
  /** Days on which nothing can be booked, by the id of the block. */
  blocks: ReadonlyMap<string, Omit<Block, 'id'>>
}

/** A booking without the fields that its listing has. */
export type HeldBooking = Omit<Booking, 'id' | 'listingId' | 'ownerId' | 'kind'>

export const unpublished: ListingState = {
  listing: null,
  withdrawn: false,
  bookings: new Map(),
  taken: new Map(),
  blocks: new Map(),
}

export function bookingOf(state: ListingState, id: string): Booking | undefined {
  const held = state.bookings.get(id)
  if (!held || !state.listing) return undefined
  const { id: listingId, ownerId, kind } = state.listing
  return { id, listingId, ownerId, kind, ...held }
}

export function evolve(state: ListingState, fact: Fact): ListingState {
  switch (fact.type) {
    case 'command.refused':
      return state
    case 'listing.published':
    case 'listing.changed':
      return { ...state, listing: fact.listing, withdrawn: false }
    case 'listing.withdrawn':
      return { ...state, withdrawn: true }
    case 'listing.blocked':
    case 'listing.unblocked':
      return fact.block ? { ...state, blocks: withBlock(state.blocks, fact.block, fact.type) } : state
    default:
      return withBooking(state, fact.booking)
  }
}

function withBooking(state: ListingState, booking: Booking): ListingState {
  const { id, listingId: _listingId, ownerId: _ownerId, kind: _kind, ...held } = booking
  const before = state.bookings.get(id)
  const unitsOf = (held: HeldBooking | undefined): number =>
    held && holds(held.status, state.listing) ? held.quantity : 0
  const change = unitsOf(held) - unitsOf(before)
  return {
    ...state,
    bookings: new Map(state.bookings).set(id, held),
    taken: change === 0 ? state.taken : withTaken(state.taken, daysOf(held), change),
  }
}

/** Whether a booking in this state takes its units of the inventory. */
export const holds = (status: Status, listing: Pick<Listing, 'holdOnRequest'> | null): boolean =>
  isLive(status) && (status !== 'pending' || (listing?.holdOnRequest ?? true))

/** Whether the listing has so many free units on each day of a span. */
export function hasRoom(
  asked: { checkIn: CivilDate; checkOut: CivilDate | null; quantity: number },
  { listing, taken, blocks }: Pick<ListingState, 'listing' | 'taken' | 'blocks'>,
): boolean {
  const days = daysOf(asked)
  const capacity = listing?.capacity ?? 0
  return (
    days.every((day) => (taken.get(day) ?? 0) + asked.quantity <= capacity) &&
    ![...blocks.values()].some(({ from, to }) => from <= days.at(-1)! && days[0]! < to)
  )
}

function withBlock(
  blocks: ListingState['blocks'],
  { id, ...span }: Block,
  type: 'listing.blocked' | 'listing.unblocked',
): ListingState['blocks'] {
  const next = new Map(blocks)
  if (type === 'listing.blocked') next.set(id, span)
  else next.delete(id)
  return next
}

function withTaken(taken: ListingState['taken'], days: CivilDate[], change: number): ListingState['taken'] {
  const next = new Map(taken)
  for (const day of days) {
    const count = (next.get(day) ?? 0) + change
    if (count > 0) next.set(day, count)
    else next.delete(day)
  }
  return next
}

/** The bookings that have ended. */
export function ended(state: ListingState): Booking[] {
  const found: Booking[] = []
  // Every batch asks, so bookings that have not ended are not copied.
  for (const [id, { status }] of state.bookings) if (!isLive(status)) found.push(bookingOf(state, id)!)
  return found
}

/** Removes bookings, which must have ended. */
export function release(state: ListingState, ids: readonly string[]): ListingState {
  if (ids.length === 0) return state
  const bookings = new Map(state.bookings)
  for (const id of ids) bookings.delete(id)
  return { ...state, bookings }
}
