import { isDeepStrictEqual } from 'node:util'
import { type Booking, isLive, type Status } from '#domain/booking.ts'
import { bookingOf, type Calendar, emptyCalendar, evolve } from '#domain/calendar/state.ts'
import { daysOf } from '#domain/civil.ts'
import { decodeEvent } from '#domain/envelope.ts'
import { type Event, isBookingEvent } from '#domain/event.ts'
import { deadLetterTopicOf } from '#domain/topics.ts'
import { partitionOf } from '#log/partition.ts'
import type { Doc } from '#store/store.ts'
import { fromStored, type StoredListing } from '../decisions/listing-document.ts'
import { received } from '../received.ts'
import { type Clients, REQUESTS } from './clients.ts'
import { PARTITIONS, type World } from './world.ts'

/** The events of the log of record, each once, where it first lies. */
export interface FirstEvents {
  events: { event: Event; partition: number; offset: number }[]
  violations: string[]
}

/** Reads the partitions in a random interleaving: no order across them may matter. */
export function firstEvents(world: World, topic = 'bookings'): FirstEvents {
  const next = Array.from({ length: PARTITIONS }, () => 0)
  const first: FirstEvents = { events: [], violations: [] }
  const byId = new Map<string, Event>()
  for (;;) {
    const open = next.flatMap((offset, p) => (offset < world.partition(topic, p).length ? [p] : []))
    if (open.length === 0) return first
    const partition = world.scheduler.oneOf(open)
    const message = world.partition(topic, partition)[next[partition]!++]!
    const event = decodeEvent(received(message))
    const before = byId.get(event.id)
    if (before && !isDeepStrictEqual(before, event)) first.violations.push('I6 a duplicate differs')
    if (before) continue
    byId.set(event.id, event)
    first.events.push({ event, partition, offset: message.offset })
  }
}

/** I1 to I7, I10: what the deciders have written, against what the clients have sent. */
export function checkDecisions(world: World, clients: Clients): string[] {
  const { events, violations } = firstEvents(world)
  const bad = new Set(violations)
  const calendars = new Map<string, Calendar>()
  const seqs = new Map<string, number>()
  const lastOffsets = new Map<string, number>()
  const answered = new Map<string, number>()

  for (const { event, partition } of events) {
    if (partition !== partitionOf(event.listingId, PARTITIONS)) bad.add('an event lies in a foreign partition')
    if (event.seq !== (seqs.get(event.listingId) ?? 0) + 1) bad.add('I6 a gap in seq, or two events with one')
    seqs.set(event.listingId, event.seq)
    const source = `${event.listingId}/${event.command.partition}`
    if (event.command.offset < (lastOffsets.get(source) ?? -1)) bad.add('I7 commands answered out of order')
    lastOffsets.set(source, event.command.offset)
    answered.set(event.command.id, (answered.get(event.command.id) ?? 0) + 1)
    if (answered.get(event.command.id)! > event.command.events) bad.add('I4 a command took effect twice')
    const before = calendars.get(event.listingId) ?? emptyCalendar
    const after = evolve(before, event)
    calendars.set(event.listingId, after)
    for (const what of stepFaults(before, after, event)) bad.add(what)
  }
  for (const { command } of clients.sent) if (!answered.has(command.id)) bad.add('I1 a command without a result')
  for (const what of documentFaults(world, calendars, seqs)) bad.add(what)
  for (const what of deadLetterFaults(world, clients)) bad.add(what)
  return [...bad]
}

/** Accepted is left to payments; without them a booking is pending, confirmed, or at its end. */
const STEPS: Readonly<Record<string, readonly Status[]>> = {
  none: ['pending', 'failed'],
  pending: ['accepted', 'confirmed', 'rejected', 'expired', 'cancelled', 'failed'],
  accepted: ['confirmed', 'cancelled', 'failed'],
  confirmed: ['completed', 'cancelled'],
}

function stepFaults(before: Calendar, after: Calendar, event: Event): string[] {
  const held = 'bookingId' in event && event.bookingId ? bookingOf(before, event.bookingId) : undefined
  if (event.type === 'command.refused' && event.reason === 'unknown_booking' && held) return ['I3 a booking is denied']
  if (!isBookingEvent(event)) return []
  const faults: string[] = []
  if ((held?.version ?? 0) + 1 !== event.booking.version) faults.push('I3 a version is missing or double')
  if ((held?.status ?? null) !== event.previousStatus) faults.push('I3 an event denies the status before it')
  if (!(STEPS[held?.status ?? 'none'] ?? []).includes(event.booking.status))
    faults.push('I3 an illegal or second decision')
  return overbooked(after) ? [...faults, 'I2 more is booked than there is'] : faults
}

/** By brute force over the bookings, not by the counts that the decider goes by. */
function overbooked(calendar: Calendar): boolean {
  const taken = new Map<string, number>()
  for (const booking of calendar.bookings.values()) {
    if (!isLive(booking.status)) continue
    for (const day of daysOf(booking)) taken.set(day, (taken.get(day) ?? 0) + booking.quantity)
  }
  return [...taken.values()].some((count) => count > (calendar.listing?.capacity ?? 0))
}

/** I5: the document of a listing, with what it archived, equals the fold of its events. */
function documentFaults(world: World, calendars: Map<string, Calendar>, seqs: Map<string, number>): string[] {
  const archive = new Map(world.all<Booking & Doc>('archive').map(({ _id, ...booking }) => [_id, booking]))
  return world.all<StoredListing>('calendars').flatMap((stored) => {
    const { calendar, seq } = fromStored(stored)
    const folded = calendars.get(stored._id) ?? emptyCalendar
    const same = (id: string) => isDeepStrictEqual(bookingOf(calendar, id) ?? archive.get(id), bookingOf(folded, id))
    if (seq !== (seqs.get(stored._id) ?? 0)) return ['I5 a recorded event was never emitted']
    const equal =
      isDeepStrictEqual(calendar.listing, folded.listing) &&
      calendar.withdrawn === folded.withdrawn &&
      isDeepStrictEqual(calendar.taken, folded.taken) &&
      [...calendar.bookings.keys()].every((id) => folded.bookings.has(id)) &&
      [...folded.bookings.keys()].every(same)
    return equal ? [] : ['I5 the document is not the fold of its events']
  })
}

/** I10: nonsense, and nothing else, is a dead letter with its reason. */
function deadLetterFaults(world: World, clients: Clients): string[] {
  const dead = new Set<string>()
  for (let p = 0; p < PARTITIONS; p++) {
    for (const message of world.partition(deadLetterTopicOf(REQUESTS), p)) {
      const { headers } = received(message)
      if (!headers.get('x-error-reason')) return ['I10 a dead letter without a reason']
      dead.add(`${headers.get('x-original-partition')}/${headers.get('x-original-offset')}`)
    }
  }
  const nonsense = new Set(clients.nonsense.map(({ partition, offset }) => `${partition}/${offset}`))
  return isDeepStrictEqual(dead, nonsense) ? [] : ['I10 dead letters are not what could not be read']
}
