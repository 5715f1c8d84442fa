import { isDeepStrictEqual } from 'node:util'
import type { Booking } from '#domain/booking.ts'
import { endsCommand, isBookingEvent, isListingEvent } from '#domain/event.ts'
import { aliasesOf } from '#domain/ids.ts'
import { notify } from '#domain/policies/notify.ts'
import { emptyRollup, rollUp, rollupKeysOf, type Rollup } from '#domain/projections/analytics.ts'
import { type Receipt, receiptOf } from '#domain/projections/receipt.ts'
import type { Doc } from '#store/store.ts'
import { firstEvents, type FirstEvents } from './check-decisions.ts'
import type { Clients } from './clients.ts'
import type { World } from './world.ts'

/** I4, I8, I9: what the sinks have made of the log of record, against what it says. */
export function checkSinks(world: World, clients: Clients): string[] {
  const { events } = firstEvents(world)
  return [
    ...viewFaults(world, events),
    ...receiptFaults(world, events, clients),
    ...notificationFaults(world, events),
    ...rollupFaults(world, events),
  ]
}

type Events = FirstEvents['events']

function viewFaults(world: World, events: Events): string[] {
  const bookings = new Map<string, object>()
  const listings = new Map<string, object>()
  const timeline = new Set<string>()
  for (const { event } of events) {
    if (isBookingEvent(event))
      bookings.set(event.bookingId, { ...event.booking, airbnbId: airbnbIdOf(event.bookingId) })
    if (isBookingEvent(event)) timeline.add(event.id)
    if (isListingEvent(event)) {
      const withdrawn = event.type === 'listing.withdrawn'
      listings.set(event.listingId, { ...event.listing, withdrawn, seq: event.seq })
    }
  }
  const faults: string[] = []
  if (!isDeepStrictEqual(sorted(byId(world.all<Booking & Doc>('bookings'))), sorted(bookings)))
    faults.push('I9 booking views')
  if (!isDeepStrictEqual(sorted(byId(world.all('properties'))), sorted(listings))) faults.push('I9 listing views')
  const told = new Set(world.all('booking_events').map((entry) => entry._id))
  return isDeepStrictEqual(told, timeline) ? faults : [...faults, 'I9 events of bookings']
}

const airbnbIdOf = (bookingId: string): string | null => aliasesOf(bookingId)?.airbnb ?? null

function receiptFaults(world: World, events: Events, clients: Clients): string[] {
  const expected = new Map<string, Receipt>()
  for (const { event, partition, offset } of events) {
    if (endsCommand(event)) expected.set(event.command.id, receiptOf(event, { partition, offset }))
  }
  const receipts = new Map(
    world.all<Receipt & Doc>('receipts').map(({ _id, expiresAt: _expiresAt, ...receipt }) => [_id, receipt]),
  )
  if (clients.sent.some(({ command }) => !receipts.has(command.id))) return ['I4 a command without a receipt']
  return isDeepStrictEqual(sorted(receipts), sorted(expected)) ? [] : ['I4 a receipt says something else']
}

function notificationFaults(world: World, events: Events): string[] {
  const expected = new Set(events.flatMap(({ event }) => notify(event).map(({ id }) => id)))
  const stored = new Set(world.all('notifications').map(({ _id }) => _id))
  return isDeepStrictEqual(expected, stored) ? [] : ['I8 notifications are missing or too many']
}

function rollupFaults(world: World, events: Events): string[] {
  const expected = new Map<string, Rollup>()
  for (const { event } of events) {
    for (const { day, dimension, value } of rollupKeysOf(event)) {
      const id = `${day}|${dimension}|${value}`
      expected.set(id, rollUp(expected.get(id) ?? emptyRollup, event))
    }
  }
  const stored = world.all<Rollup & Doc>('rollups').map((doc) => {
    const counters = Object.keys(emptyRollup).map((name) => [name, doc[name]])
    return [doc._id, Object.fromEntries(counters)] as const
  })
  return isDeepStrictEqual(sorted(new Map(stored)), sorted(expected))
    ? []
    : ['I9 analytics are not the fold of the log']
}

const byId = (docs: Doc[]): Map<string, object> => new Map(docs.map(({ _id, ...rest }) => [_id, rest]))

const sorted = <V>(map: Map<string, V>): [string, V][] => [...map].sort(([a], [b]) => (a < b ? -1 : 1))
