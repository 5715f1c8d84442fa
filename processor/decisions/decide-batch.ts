import { type Booking, isLive } from '#domain/booking.ts'
import { decide } from '#domain/listing/decide.ts'
import { refused } from '#domain/listing/facts.ts'
import { type ListingState, ended, evolve, release } from '#domain/listing/state.ts'
import { daysOf } from '#domain/civil.ts'
import type { Command } from '#domain/command.ts'
import { type BookingEvent, type Event, type Fact, isBookingEvent } from '#domain/event.ts'
import type { Draft, ListingDocument } from './listing-document.ts'

/** A command with its position. */
export interface LocatedCommand {
  command: Command
  partition: number
  offset: number
  /** The command's own time, but not after the log's timestamp; in milliseconds. */
  at: number
  /** When the log got it, in milliseconds. */
  loggedAt: number
}

/** A client repeats a command for up to 24 h, and the tolerated lag is another 24 h. */
export const ID_TTL_MS = 48 * 60 * 60 * 1000

/**
 * The most ids of one document. They bound it at under half of what MongoDB stores, also for a listing that gets more commands within
 * {@link ID_TTL_MS}. To forget the oldest ones early is safe: redelivered commands lie at or below `pos`, a repeated request has the
 * id of its booking, and a repeated change of a booking is refused by the booking's state.
 */
export const MAX_IDS = 50_000

/** The most old ids that one patch checks, beyond the ids it adds. It bounds the patch that follows a long pause. */
const MAX_FORGOTTEN = 100

/**
 * Decides a listing's commands of one batch, in order. Pure.
 * @param archived bookings that the commands name and the listing's document no longer has, by id
 * @param taken ids that no request may take (`booking-claims.ts`)
 * @returns null if the document already contains every command and its position
 */
export function decideBatch(
  document: ListingDocument,
  commands: readonly LocatedCommand[],
  archived: ReadonlyMap<string, Booking>,
  taken: ReadonlySet<string>,
): Draft | null {
  const draft = draftOf(document)
  for (const located of commands) {
    const { command, partition, offset } = located
    const handled = draft.pos.get(partition) ?? document.pos.get(partition) ?? -1
    const known = document.ids.has(command.id) || draft.ids.has(command.id)
    if (!known && offset > handled) decideOne(draft, located, { archived, taken })
    // Repetitions move the position too: after their ids have expired, a second reading must not decide them.
    if (offset > handled) draft.pos.set(partition, offset)
  }
  if (draft.pos.size === 0) return null
  retire(document, draft)
  forget(document, draft)
  return draft
}

const draftOf = ({ seq, latestAt, state }: ListingDocument): Draft => ({
  seq,
  latestAt,
  state,
  events: [],
  ids: new Map(),
  forgotten: [],
  pos: new Map(),
  retired: [],
  touched: { bookings: new Set(), days: new Set() },
})

interface Elsewhere {
  archived: ReadonlyMap<string, Booking>
  taken: ReadonlySet<string>
}

function decideOne(draft: Draft, located: LocatedCommand, elsewhere: Elsewhere): void {
  const { command, at, loggedAt } = located
  const events = record(draft.seq, located, factsOf(command, draft.state, elsewhere))
  for (const event of events) {
    draft.state = evolve(draft.state, event)
    draft.events.push(event)
    if (isBookingEvent(event)) touch(draft, event)
  }
  draft.seq += events.length
  // A command of the timer may be days older than its message, if the timer was off.
  draft.ids.set(command.id, loggedAt)
  draft.latestAt = Math.max(draft.latestAt, at)
}

/** An internal error must neither block the partition nor leave the command without a receipt. */
function factsOf(command: Command, state: ListingState, { archived, taken }: Elsewhere): Fact[] {
  const bookingId = 'bookingId' in command ? command.bookingId : null
  if (command.type === 'RequestBooking' && taken.has(command.bookingId))
    return [refused('already_requested', null, bookingId)]
  try {
    const known = bookingId === null ? undefined : archived.get(bookingId)
    // A command may name the id of another listing's booking, which must not be touched here.
    return decide(command, state, known?.listingId === command.listingId ? known : undefined)
  } catch {
    return [{ type: 'command.refused', bookingId, reason: 'undecidable', booking: null }]
  }
}

function record(seq: number, { command, partition, offset }: LocatedCommand, facts: readonly Fact[]): Event[] {
  const { id, type, listingId, at, actor, bodyHash, trace } = command
  const optional = { ...(bodyHash !== undefined && { bodyHash }), ...(trace && { trace }) }
  const ref = { id, type, partition, offset, ...optional, events: facts.length }
  return facts.map((fact, n) => ({
    ...fact,
    id: `${id}:${n}`,
    seq: seq + n + 1,
    listingId,
    at,
    actor,
    command: ref,
  }))
}

/** A booking that was never live has taken no day. */
function touch(draft: Draft, { booking, previousStatus }: BookingEvent): void {
  draft.touched.bookings.add(booking.id)
  if (!isLive(booking.status) && previousStatus === null) return
  for (const day of daysOf(booking)) draft.touched.days.add(day)
}

/**
 * Retires only bookings that had already ended when the document was read: they are archived before the patch removes them. One that
 * this batch changes, as a payment can, stays for the next patch.
 */
function retire(document: ListingDocument, draft: Draft): void {
  draft.retired = ended(document.state).filter(({ id }) => !draft.touched.bookings.has(id))
  draft.state = release(
    draft.state,
    draft.retired.map((booking) => booking.id),
  )
  for (const booking of draft.retired) draft.touched.bookings.add(booking.id)
}

/** The ids are in order of arrival, so the oldest come first. Each patch forgets at least as many as it adds, if there are too many. */
function forget(document: ListingDocument, draft: Draft): void {
  let checked = 0
  const excess = document.ids.size + draft.ids.size - MAX_IDS
  for (const [id, at] of document.ids) {
    if (checked < excess || at < draft.latestAt - ID_TTL_MS) draft.forgotten.push(id)
    if (++checked >= MAX_FORGOTTEN + draft.ids.size) return
  }
}
