import type { Booking, Status } from '#domain/booking.ts'
import { instantOf } from '#domain/civil.ts'
import type { Command, CommandType } from '#domain/command.ts'
import { decodeCommand } from '#domain/dialects/registry.ts'
import { type Event, isBookingEvent } from '#domain/event.ts'
import { received } from '../received.ts'
import { unanswered } from './check-decisions.ts'
import { REQUESTS } from './clients.ts'
import { type Evidence, everyMessage, type FirstEvents } from './evidence.ts'

/** I1, I3, I4, I14: checks what the proposers wrote, and that time only comes in with commands, after the last deadline. */
export function checkDeadlines(evidence: Evidence, decided: FirstEvents): string[] {
  const proposed = everyMessage(evidence, REQUESTS).flatMap((message) => proposalIn(message) ?? [])
  const ids = proposed.map(({ id }) => id)
  return [
    ...unanswered(decided, ids).map((id) => `I1 a proposed command has no result: ${id}`),
    ...repeatedReasons(proposed),
    ...timeFaults(evidence, decided),
    ...orderFaults(decided),
    ...openFaults(decided),
    ...evidence.all('timers').map(({ _id }) => `I14 a timer remains after the last deadline: ${_id}`),
  ]
}

type Proposal = Extract<Command, { bookingId: string }>

function proposalIn(message: Parameters<typeof received>[0]): Proposal | undefined {
  const command = commandIn(message)
  return command?.actor.role === 'system' && 'bookingId' in command && command.actor.id !== 'forger'
    ? command
    : undefined
}

function commandIn(message: Parameters<typeof received>[0]): Command | undefined {
  try {
    return decodeCommand(received(message))
  } catch {
    return undefined
  }
}

/** I4: a deadline has one id, whichever process proposes it, and however often. */
function repeatedReasons(proposed: readonly Proposal[]): string[] {
  const deadlines = proposed.filter(({ type }) => type !== 'RecordPayment')
  const byReason = Map.groupBy(deadlines, ({ bookingId, type }) => `${bookingId} ${type}`)
  return [...byReason].flatMap(([reason, commands]) =>
    new Set(commands.map(({ id }) => id)).size > 1 ? [`I4 a deadline has several ids: ${reason}`] : [],
  )
}

/** The time of an event is that of its command, or the log's if that is earlier. No deadline comes before its time. */
function timeFaults(evidence: Evidence, { events }: FirstEvents): string[] {
  const bookings = new Map<string, Booking>()
  return events.flatMap(({ event }) => {
    const before = isBookingEvent(event) ? bookings.get(event.bookingId) : undefined
    if (isBookingEvent(event)) bookings.set(event.bookingId, event.booking)
    return [
      ...(event.at === timeOf(event, evidence) ? [] : [`I14 an event has not the time of its command: ${event.id}`]),
      ...(isEarly(event, before) ? [`I14 a deadline came before its time: ${event.id}`] : []),
      ...(event.type === 'booking.reminded' && before?.remindedAt
        ? [`I3 an owner is reminded twice: ${event.id}`]
        : []),
    ]
  })
}

function timeOf({ command: { partition, offset } }: Event, evidence: Evidence): string | undefined {
  const message = evidence.partition(REQUESTS, partition)[offset]
  const at = message && commandIn(message)?.at
  return at && instantOf(Math.min(Date.parse(at), message.timestamp))
}

const isEarly = ({ type, at }: Event, before: Booking | undefined): boolean =>
  (type === 'booking.expired' && !(at >= (before?.holdExpiresAt ?? '~'))) ||
  (type === 'booking.completed' && !(at >= (before?.endsAt ?? '~')))

/** The commands of people that are possible in a state. */
const POSSIBLE: Readonly<Partial<Record<Status, readonly CommandType[]>>> = {
  pending: ['AcceptBooking', 'RejectBooking', 'CancelBooking'],
  accepted: ['CancelBooking'],
  confirmed: ['CancelBooking'],
}

/** I3: the order of the log decides between a deadline and a person. */
function orderFaults({ events }: FirstEvents): string[] {
  const statuses = new Map<string, Status>()
  return events.flatMap(({ event }) => {
    if (isBookingEvent(event)) statuses.set(event.bookingId, event.booking.status)
    if (event.type !== 'command.refused' || event.reason !== 'booking_already_decided') return []
    const status = statuses.get(event.bookingId ?? '')
    const isOpen = status !== undefined && POSSIBLE[status]?.some((type) => type === event.command.type)
    return isOpen && event.booking?.listingId === event.listingId
      ? [`I3 a decision is refused although the booking is open: ${event.id}`]
      : []
  })
}

/** I14: after the last deadline no hold is open, and every stay has been completed. */
function openFaults({ events }: FirstEvents): string[] {
  const last = new Map<string, Booking>()
  for (const { event } of events) if (isBookingEvent(event)) last.set(event.bookingId, event.booking)
  return [...last.values()].flatMap(({ id, status, holdExpiresAt, endsAt }) => {
    if (holdExpiresAt !== null) return [`I14 a hold never ends: ${id}`]
    return status === 'confirmed' && endsAt !== null ? [`I14 a booking is never completed: ${id}`] : []
  })
}
