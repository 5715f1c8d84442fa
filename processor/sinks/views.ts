import type { Booking } from '#domain/booking.ts'
import {
  type BookingEvent,
  endsCommand,
  type Event,
  isBookingEvent,
  isListingEvent,
  type ListingEvent,
} from '#domain/event.ts'
import { aliasesOf } from '#domain/dialects/registry.ts'
import type { Listing } from '#domain/listing.ts'
import { RECEIPT_TTL_MS, type Receipt, receiptOf } from '#domain/projections/receipt.ts'
import type { Change, Doc, Store } from '#store/store.ts'
import type { Waiters } from '../api/waiters.ts'
import type { Located, LocatedEvent, Sink } from './events.ts'

export const VIEWS = 'booking-views'

export interface ViewsDeps {
  store: Store
  /** Wakes the requests of this process that wait for a receipt, a booking or a listing. */
  wake: Waiters['wake']
}

/** A booking as the store has it. */
export type BookingView = Doc & Booking

/** The booking that a dialect's name, in lower case, stands for. */
export interface BookingAlias extends Doc {
  bookingId: string
}

/** A listing as the store has it. */
export interface ListingView extends Doc, Listing {
  withdrawn: boolean
  seq: number
}

/**
 * Views of bookings and listings, the events of each booking, and receipts. A receipt is written last, so that a reader who sees
 * it also sees the effect of its command in the views.
 */
export function createViews({ store, wake }: ViewsDeps): Sink {
  return async (located) => {
    const booked = located.filter((one): one is Located<BookingEvent> => isBookingEvent(one.event))
    const bookings = booked.map(({ event }) => event)
    const listings = located.filter(({ event }) => isListingEvent(event)).map(({ event }) => event as ListingEvent)
    const fresh = new Set(bookings.filter((e) => e.previousStatus === null).map((e) => e.bookingId))
    await Promise.all([
      ...latest(
        bookings,
        (e) => e.bookingId,
        (e) => e.booking.version,
      ).map((e) => putBooking(store, e.booking, fresh.has(e.bookingId))),
      ...[...fresh].flatMap(aliasEntries).map((entry) => store.insert('booking_aliases', entry)),
      ...latest(
        listings,
        (e) => e.listingId,
        (e) => e.seq,
      ).map((e) => putListing(store, e)),
      ...firstOfEach(booked).map((one) => store.insert('booking_events', timelineEntry(one))),
    ])
    const receipts = firstOfEach(located.filter(({ event }) => endsCommand(event))).map(toReceipt)
    const isNew = await Promise.all(receipts.map((receipt) => store.insert('receipts', receipt)))
    for (const [n, receipt] of receipts.entries()) wake('receipt', receipt.commandId, isNew[n] ? receipt : undefined)
    for (const { bookingId } of bookings) wake('booking', bookingId)
    for (const { listingId } of listings) wake('listing', listingId)
  }
}

/** The newest event about each booking or listing of the batch; the others need not be written. */
function latest<E>(events: readonly E[], idOf: (event: E) => string, versionOf: (event: E) => number): E[] {
  const newest = new Map<string, E>()
  for (const event of events) {
    const before = newest.get(idOf(event))
    if (!before || versionOf(before) < versionOf(event)) newest.set(idOf(event), event)
  }
  return [...newest.values()]
}

/** The first position of each event: an event may be in the log twice. */
const firstOfEach = <E extends Event>(located: Located<E>[]): Located<E>[] => [
  ...new Map(located.toReversed().map((one) => [one.event.id, one])).values(),
]

/** A booking that begins in this batch is usually new, and an insert is much cheaper than an upsert. */
async function putBooking(store: Store, booking: Booking, isFresh: boolean): Promise<void> {
  if (isFresh && (await store.insert('bookings', { _id: booking.id, ...booking }))) return
  await store.patch('bookings', booking.id, replacing(booking), { path: ['version'], below: booking.version })
}

const aliasEntries = (bookingId: string): BookingAlias[] =>
  aliasesOf(bookingId).map((alias) => ({ _id: alias, bookingId }))

function putListing(store: Store, { type, listing, seq }: ListingEvent): Promise<boolean> {
  const view = { ...listing, withdrawn: type === 'listing.withdrawn', seq }
  return store.patch('listings', listing.id, replacing(view), { path: ['seq'], below: seq })
}

const replacing = (fields: object): Change => ({
  set: Object.entries(fields).map(([name, value]) => [[name], value]),
  upsert: true,
})

function timelineEntry({ event, partition, offset }: Located<BookingEvent>) {
  const { id, seq, type, at, actor, reason, previousStatus, bookingId, booking, command } = event
  return {
    _id: id,
    bookingId,
    seq,
    type,
    at,
    actor,
    reason,
    previousStatus,
    status: booking.status,
    version: booking.version,
    trace: command.trace ?? null,
    position: { partition, offset },
  }
}

export interface StoredReceipt extends Doc, Receipt {
  expiresAt: number
}

function toReceipt({ event, partition, offset }: LocatedEvent): StoredReceipt {
  const receipt = receiptOf(event, { partition, offset })
  return { _id: receipt.commandId, ...receipt, expiresAt: Date.parse(receipt.at) + RECEIPT_TTL_MS }
}
