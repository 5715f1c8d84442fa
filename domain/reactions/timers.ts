import type { Booking, Status } from '../booking.ts'
import { type Instant, instantOf } from '../civil.ts'
import type { Command } from '../command.ts'
import { type BookingEvent, type CommandRefused, type Event, isBookingEvent } from '../event.ts'
import { proposalIdOf } from '../ids.ts'

/** A command that the timer proposes once its `at` has come. */
export type Deadline = Extract<Command, { type: 'RemindOwner' | 'ExpireBooking' | 'CompleteBooking' }>

/** The deadlines of one version of a booking. */
export interface Timer {
  /** `<bookingId>:<version>`: the next version clears it, and no other one does. */
  id: string
  /** When to propose the first deadline, in milliseconds since the epoch. */
  dueAt: number
  /** In order. A deadline is pointless once the next one has come. */
  deadlines: readonly [Deadline, ...Deadline[]]
}

export interface TimerChanges {
  set: Timer | null
  /** The id of the timer that no longer applies. */
  clear: string | null
}

const NO_CHANGE: TimerChanges = { set: null, clear: null }

/** The pause after a proposal that the log's clock put before its time. */
const RETRY_MS = 60_000

/**
 * Which timer an event sets and which one it clears.
 * @param now the time of the timer, in milliseconds since the epoch
 */
export function timers(event: Event, now: number): TimerChanges {
  if (isBookingEvent(event)) return { set: timerOf(event.booking), clear: idBefore(event) }
  if (event.type === 'command.refused' && event.reason === 'not_due')
    return { set: timerAgain(event, now), clear: null }
  return NO_CHANGE
}

interface DeadlineRow {
  type: Deadline['type']
  /** Null: never. */
  at: (booking: Booking) => Instant | null
}

const remind: DeadlineRow = { type: 'RemindOwner', at: reminderOf }
const expire: DeadlineRow = { type: 'ExpireBooking', at: ({ holdExpiresAt }) => holdExpiresAt }
const complete: DeadlineRow = { type: 'CompleteBooking', at: ({ endsAt }) => endsAt }

/** The deadlines of a booking in each state. The decider refuses a reminder of a booking that its owner does not decide. */
const DEADLINES: Readonly<Record<Status, readonly DeadlineRow[]>> = {
  pending: [remind, expire],
  accepted: [expire],
  confirmed: [complete],
  completed: [],
  rejected: [],
  expired: [],
  cancelled: [],
  failed: [],
}

/** The part of the time to decide that is left at the reminder. */
const LEFT = 0.25

/** One reminder for each booking. */
function reminderOf({ createdAt, holdExpiresAt, remindedAt }: Booking): Instant | null {
  if (holdExpiresAt === null || remindedAt !== null) return null
  const end = Date.parse(holdExpiresAt)
  return instantOf(end - Math.ceil((end - Date.parse(createdAt)) * LEFT))
}

function timerOf(booking: Booking): Timer | null {
  const [first, ...rest] = DEADLINES[booking.status].flatMap(({ type, at }) => {
    const due = at(booking)
    return due === null ? [] : [deadline(type, booking, due)]
  })
  if (!first) return null
  return { id: idOf(booking), dueAt: Date.parse(first.at), deadlines: [first, ...rest] }
}

/** Ids derive from the booking, so the same deadline has one effect, whichever process proposes it and however often. */
function deadline(
  type: Deadline['type'],
  { id: bookingId, listingId }: Booking,
  at: Instant,
  ...attempt: string[]
): Deadline {
  return {
    type,
    id: proposalIdOf(bookingId, type, ...attempt),
    listingId,
    bookingId,
    actor: { role: 'system', id: 'timer' },
    at,
  }
}

/** Clocks differ: by that of the log the time has not come. The refused command's id is spent, so the deadline gets another one. */
function timerAgain({ booking, command }: CommandRefused, now: number): Timer | null {
  if (!booking) return null
  const row = DEADLINES[booking.status].find(({ type }) => type === command.type)
  const at = row?.at(booking)
  if (!row || !at) return null
  return {
    id: `${idOf(booking)}:${command.id}`,
    dueAt: Math.max(Date.parse(at), now + RETRY_MS),
    deadlines: [deadline(row.type, booking, at, command.id)],
  }
}

const idOf = ({ id, version }: Pick<Booking, 'id' | 'version'>): string => `${id}:${version}`

/** The id of the timer that the version before may have. */
const idBefore = ({ booking: { id, version }, previousStatus }: BookingEvent): string | null =>
  previousStatus !== null && DEADLINES[previousStatus].length > 0 ? idOf({ id, version: version - 1 }) : null
