import { isDeepStrictEqual } from 'node:util'
import { endsCommand, isBookingEvent, isListingEvent } from '#domain/event.ts'
import { aliasesOf } from '#domain/dialects/registry.ts'
import { type Notification, notificationsIn } from '#domain/notification.ts'
import { notify } from '#domain/reactions/notify.ts'
import { emptyRollup, rollUp, rollupKeysOf, type Rollup } from '#domain/projections/analytics.ts'
import { type Receipt, receiptOf } from '#domain/projections/receipt.ts'
import type { Doc } from '#store/store.ts'
import { rollupIn, type StoredRollup } from '../sinks/analytics.ts'
import type { Evidence, FirstEvents } from './evidence.ts'

/** I4, I8, I9: compares the documents of the sinks with the log of record. */
export function checkSinks(evidence: Evidence, { events }: FirstEvents): string[] {
  return [
    ...viewFaults(evidence, events),
    ...receiptFaults(evidence, events),
    ...notificationFaults(evidence, events),
    ...rollupFaults(evidence, events),
  ]
}

type Events = FirstEvents['events']

function viewFaults(evidence: Evidence, events: Events): string[] {
  const bookings = new Map<string, object>()
  const listings = new Map<string, object>()
  const timeline = new Map<string, true>()
  const aliases = new Map<string, object>()
  for (const { event } of events) {
    if (isBookingEvent(event)) bookings.set(event.bookingId, event.booking)
    if (isBookingEvent(event)) timeline.set(event.id, true)
    if (isBookingEvent(event))
      for (const alias of aliasesOf(event.bookingId)) aliases.set(alias, { bookingId: event.bookingId })
    if (isListingEvent(event)) {
      const withdrawn = event.type === 'listing.withdrawn'
      listings.set(event.listingId, { ...event.listing, withdrawn, seq: event.seq })
    }
  }
  return [
    ...differences('I9 the view of a booking', byId(evidence.all('bookings')), bookings),
    ...differences('I9 the alias of a booking', byId(evidence.all('booking_aliases')), aliases),
    ...differences('I9 the view of a listing', byId(evidence.all('listings')), listings),
    ...differences('I9 the timeline of a booking', idsIn(evidence.all('booking_events')), timeline),
  ]
}

function receiptFaults(evidence: Evidence, events: Events): string[] {
  const expected = new Map<string, Receipt>()
  for (const { event, partition, offset } of events) {
    if (endsCommand(event)) expected.set(event.command.id, receiptOf(event, { partition, offset }))
  }
  const receipts = new Map(
    evidence.all<Receipt & Doc>('receipts').map(({ _id, expiresAt: _expiresAt, ...receipt }) => [_id, receipt]),
  )
  return differences('I4 the receipt of a command', receipts, expected)
}

function notificationFaults(evidence: Evidence, events: Events): string[] {
  const notifications = events.flatMap(({ event }) => notificationsIn(notify(event)))
  const expected = new Map(notifications.map((notification) => [notification.id, notification]))
  const stored = evidence.all<Notification & Doc>('notifications').map(({ _id, ...notification }) => {
    return [_id, { ...notification, readAt: null }] as const
  })
  return differences('I8 the notification of an event', new Map(stored), expected)
}

function rollupFaults(evidence: Evidence, events: Events): string[] {
  const expected = new Map<string, Rollup>()
  for (const { event } of events) {
    for (const { day, dimension, value } of rollupKeysOf(event)) {
      const id = `${day}|${dimension}|${value}`
      expected.set(id, rollUp(expected.get(id) ?? emptyRollup, event, day))
    }
  }
  const stored = evidence.all<StoredRollup>('rollups').map((doc) => {
    const counters = Object.keys(emptyRollup).map((name) => [name, rollupIn(doc)[name as keyof Rollup]])
    return [doc._id, Object.fromEntries(counters)] as const
  })
  return differences('I9 a day of the analytics', new Map(stored), expected)
}

const byId = (docs: Doc[]): Map<string, object> => new Map(docs.map(({ _id, ...rest }) => [_id, rest]))

const idsIn = (docs: Doc[]): Map<string, true> => new Map(docs.map(({ _id }) => [_id, true]))

/** Only the first difference by id, so that a large fault is one short sentence. */
function differences<V>(what: string, stored: ReadonlyMap<string, V>, expected: ReadonlyMap<string, V>): string[] {
  for (const id of new Set([...expected.keys(), ...stored.keys()])) {
    if (!stored.has(id)) return [`${what} is missing: ${id}`]
    if (!expected.has(id)) return [`${what} is unexpected: ${id}`]
    if (!isDeepStrictEqual(stored.get(id), expected.get(id))) return [`${what} differs from the log: ${id}`]
  }
  return []
}
