import { isDeepStrictEqual } from 'node:util'
import { type Booking, isLive, STATES, type Status } from '#domain/booking.ts'
import { bookingOf, type ListingState, unpublished, evolve } from '#domain/listing/state.ts'
import { daysOf } from '#domain/civil.ts'
import { type Event, isBookingEvent } from '#domain/event.ts'
import { deadLetterTopicOf, PARTITIONS } from '#domain/topics.ts'
import { partitionOf } from '#log/partition.ts'
import type { Doc } from '#store/store.ts'
import { fromStored, type StoredListing } from '../decisions/listing-document.ts'
import { received } from '../received.ts'
import { type Evidence, everyMessage, type FirstEvents } from './evidence.ts'

/** I2 to I7: checks the log of record by itself, and the listings' documents against it. */
export function checkDecisions(evidence: Evidence, { events, violations }: FirstEvents): string[] {
  const bad = new Set(violations)
  const states = new Map<string, ListingState>()
  const seqs = new Map<string, number>()
  const lastOffsets = new Map<string, number>()
  const answered = new Map<string, number>()

  for (const { event, partition } of events) {
    const { listingId, seq, command } = event
    if (partition !== partitionOf(listingId, PARTITIONS)) bad.add(`I7 an event is in the wrong partition: ${event.id}`)
    if (seq !== (seqs.get(listingId) ?? 0) + 1) bad.add(`I6 seq has a gap or a duplicate: ${listingId} ${seq}`)
    seqs.set(listingId, seq)
    const source = `${listingId}/${command.partition}`
    if (command.offset < (lastOffsets.get(source) ?? -1))
      bad.add(`I7 commands were decided out of order: ${command.id}`)
    lastOffsets.set(source, command.offset)
    answered.set(command.id, (answered.get(command.id) ?? 0) + 1)
    if (answered.get(command.id)! > command.events) bad.add(`I4 a command took effect twice: ${command.id}`)
    const before = states.get(listingId) ?? unpublished
    const after = evolve(before, event)
    states.set(listingId, after)
    for (const fault of stepFaults(before, after, event)) bad.add(`${fault}: ${event.id}`)
  }
  for (const fault of documentFaults(evidence, states, seqs)) bad.add(fault)
  return [...bad]
}

/** I1: the commands that have no result in the log of record. */
export function unanswered({ events }: FirstEvents, commandIds: Iterable<string>): string[] {
  const answered = new Set(events.map(({ event }) => event.command.id))
  return [...new Set(commandIds)].filter((id) => !answered.has(id))
}

const TRANSITIONS: Readonly<Record<string, readonly Status[]>> = {
  none: ['pending', 'failed'],
  pending: ['accepted', 'confirmed', 'rejected', 'expired', 'cancelled', 'failed'],
  accepted: ['confirmed', 'expired', 'cancelled', 'failed'],
  confirmed: ['completed', 'cancelled', 'failed'],
}

/** These may happen in any state and leave it. */
const KEEP_STATUS: ReadonlySet<Event['type']> = new Set(['booking.reminded', 'booking.payment_changed'])

function stepFaults(before: ListingState, after: ListingState, event: Event): string[] {
  const held = 'bookingId' in event && event.bookingId ? bookingOf(before, event.bookingId) : undefined
  if (event.type === 'command.refused' && event.reason === 'unknown_booking' && held)
    return ['I3 an existing booking is reported as unknown']
  if (!isBookingEvent(event)) return []
  const faults: string[] = []
  if ((held?.version ?? 0) + 1 !== event.booking.version) faults.push('I3 a version is missing or duplicated')
  if ((held?.status ?? null) !== event.previousStatus) faults.push('I3 an event has the wrong previous status')
  const allowed = KEEP_STATUS.has(event.type) ? [event.previousStatus] : (TRANSITIONS[held?.status ?? 'none'] ?? [])
  if (!allowed.includes(event.booking.status)) faults.push('I3 an illegal or second decision')
  if (STATES[event.booking.status].expires !== (event.booking.holdExpiresAt !== null))
    faults.push('I14 a hold has no expiry, or an expiry has no hold')
  return overbooked(after) ? [...faults, 'I2 bookings exceed the capacity'] : faults
}

/** Counts the bookings by day, independently of the counts that the decider uses. */
function overbooked(state: ListingState): boolean {
  const taken = new Map<string, number>()
  for (const booking of state.bookings.values()) {
    if (!isLive(booking.status)) continue
    for (const day of daysOf(booking)) taken.set(day, (taken.get(day) ?? 0) + booking.quantity)
  }
  return [...taken.values()].some((count) => count > (state.listing?.capacity ?? 0))
}

/** I5: the document of a listing, together with its archive, equals the fold of its events. */
function documentFaults(evidence: Evidence, states: Map<string, ListingState>, seqs: Map<string, number>): string[] {
  const archive = new Map(evidence.all<Booking & Doc>('archive').map(({ _id, ...booking }) => [_id, booking]))
  const documents = new Map(evidence.all<StoredListing>('listing_documents').map((stored) => [stored._id, stored]))
  const missing = [...states.keys()].filter((id) => !documents.has(id))
  const faults = missing.map((id) => `I5 a listing with events has no document: ${id}`)
  for (const [id, stored] of documents) {
    const { state, seq } = fromStored(stored)
    const folded = states.get(id) ?? unpublished
    const same = (bookingId: string) =>
      isDeepStrictEqual(bookingOf(state, bookingId) ?? archive.get(bookingId), bookingOf(folded, bookingId))
    const equal =
      isDeepStrictEqual(state.listing, folded.listing) &&
      state.withdrawn === folded.withdrawn &&
      isDeepStrictEqual(state.taken, folded.taken) &&
      [...state.bookings.keys()].every((bookingId) => folded.bookings.has(bookingId)) &&
      [...folded.bookings.keys()].every(same)
    if (seq !== (seqs.get(id) ?? 0)) faults.push(`I5 a recorded event was never emitted: ${id} ${seq}`)
    else if (!equal) faults.push(`I5 the document is not the fold of its events: ${id}`)
  }
  return faults
}

/**
 * I10: every given message of the topic, and no other, is a dead letter with a reason and the original bytes.
 * @param expected the positions of the messages that must be dead letters
 */
export function deadLetterFaults(
  evidence: Evidence,
  topic: string,
  expected: readonly { partition: number; offset: number }[],
): string[] {
  const faults: string[] = []
  const dead = new Set<string>()
  for (const letter of everyMessage(evidence, deadLetterTopicOf(topic))) {
    const { headers } = received(letter)
    const position = `${headers.get('x-original-partition')}/${headers.get('x-original-offset')}`
    const original = evidence
      .partition(topic, Number(headers.get('x-original-partition')))
      .find(({ offset }) => String(offset) === headers.get('x-original-offset'))
    if (!headers.get('x-error-reason')) faults.push(`I10 a dead letter has no reason: ${position}`)
    if (!isDeepStrictEqual([letter.key, letter.value], [original?.key, original?.value]))
      faults.push(`I10 a dead letter has other bytes than its message: ${position}`)
    dead.add(position)
  }
  const positions = new Set(expected.map(({ partition, offset }) => `${partition}/${offset}`))
  for (const position of dead.difference(positions)) faults.push(`I10 an unexpected dead letter: ${position}`)
  for (const position of positions.difference(dead)) faults.push(`I10 a dead letter is missing: ${position}`)
  return faults
}
