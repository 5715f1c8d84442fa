import { isDeepStrictEqual } from 'node:util'
import { type Event, isBookingEvent } from '#domain/event.ts'
import { PARTITIONS } from '#domain/topics.ts'
import { partitionOf } from '#log/partition.ts'
import type { FirstEvents } from '#processor/simulation/evidence.ts'
import type { Answer, Call } from './world.ts'

type Events = FirstEvents['events']
type Sent = Call & { commandId: string }

const isSent = (call: Call): call is Sent => call.commandId !== null

/** Calls whose client received the answer that the log has the command. */
const isAcknowledged = (call: Call): call is Sent & { answer: Answer } =>
  isSent(call) && call.answer !== null && call.answer.status < 300

/** I1: every acknowledged command is in the log, and the log agrees with the answer. */
export function acknowledgedFaults(history: readonly Call[], events: Events): string[] {
  const byCommand = Map.groupBy(events, ({ event }) => event.command.id)
  return history.filter(isAcknowledged).flatMap(({ commandId, method, path, answer }) => {
    const recorded = byCommand.get(commandId)?.map(({ event }) => event)
    if (!recorded) return [`I1 an acknowledged command is lost: ${method} ${path} ${commandId}`]
    return isTrue(answer, recorded) ? [] : [`I1 the log contradicts the answer: ${method} ${path} ${commandId}`]
  })
}

/** Only an answer with status 200 and a version claims a decision; it must match the log's last booking event. */
function isTrue({ status, body }: Answer, events: readonly Event[]): boolean {
  if (status !== 200 || typeof body?.version !== 'number') return true
  const booking = events.findLast(isBookingEvent)?.booking
  return booking?.id === body.id && booking?.version === body.version && booking?.status === body.status
}

/** I4: calls with one key have one answer and one booking. */
export function sameAnswerFaults(history: readonly Call[], events: Events): string[] {
  const bookings = Map.groupBy(
    events.flatMap(({ event }) => (event.type === 'booking.created' ? [event] : [])),
    (event) => event.command.id,
  )
  const calls = history.filter(isSent).filter(({ answer }) => answer !== null && isFinal(answer) && !isAhead(answer))
  return [...Map.groupBy(calls, ({ commandId }) => commandId)].flatMap(([id, repeated]) => {
    const [first, ...others] = repeated.map(({ answer }) => answer!)
    const faults = others.every((other) => isSame(first!, other)) ? [] : [`I4 one key has several answers: ${id}`]
    return (bookings.get(id)?.length ?? 0) > 1 ? [...faults, `I4 one key has several bookings: ${id}`] : faults
  })
}

/** Clients retry after 202, 429 and 5xx, so these are not final answers. */
const isFinal = ({ status }: Answer): boolean => status !== 202 && status !== 429 && status < 500

/** The edge refuses dates that it knows to be taken without sending a command; a later call with the key may find them free. */
const isAhead = ({ status, body }: Answer): boolean =>
  status === 409 && body.code === 'dates_unavailable' && !('booking' in body)

const OF_THE_LISTING = ['ownerId', 'kind', 'price', 'quantity', 'cancellationPolicy', 'payment']
/**
 * The edge answers a request before it is decided from what it knows: fields of the listing may be null, and times are
 * those of the repeated call.
 */
const UNKNOWN_BEFORE_DECISION = [...OF_THE_LISTING, 'holdExpiresAt', 'createdAt', 'updatedAt']
const OF_THE_CALL = ['requestId', 'traceparent', 'instance']
const INESSENTIAL = new Set([...UNKNOWN_BEFORE_DECISION, ...OF_THE_CALL])

function isSame(one: Answer, other: Answer): boolean {
  return one.status === other.status && isDeepStrictEqual(essenceOf(one.body), essenceOf(other.body))
}

function essenceOf(body: unknown): unknown {
  if (typeof body !== 'object' || body === null) return body
  return Object.fromEntries(Object.entries(body).filter(([name]) => !INESSENTIAL.has(name)))
}

/** I7: if a listing's command was acknowledged before another was first sent, it comes first in the log. */
export function orderFaults(history: readonly Call[], events: Events): string[] {
  const spans = spansOf(history)
  const faults: string[] = []
  for (const [listingId, recorded] of Map.groupBy(events, ({ event }) => event.listingId)) {
    const home = partitionOf(listingId, PARTITIONS)
    const ids = new Set(recorded.flatMap(({ event: { command } }) => (command.partition === home ? [command.id] : [])))
    const known = [...ids].flatMap((id) => (spans.has(id) ? [{ id, ...spans.get(id)! }] : []))
    let earliestAck = Infinity
    for (const { id, firstSent, acknowledged } of known.reverse()) {
      if (earliestAck < firstSent) faults.push(`I7 a later command precedes an acknowledged one: ${id}`)
      earliestAck = Math.min(earliestAck, acknowledged)
    }
  }
  return faults
}

function spansOf(history: readonly Call[]): Map<string, { firstSent: number; acknowledged: number }> {
  const spans = new Map<string, { firstSent: number; acknowledged: number }>()
  for (const call of history.filter(isSent)) {
    const { firstSent, acknowledged } = spans.get(call.commandId) ?? { firstSent: Infinity, acknowledged: Infinity }
    spans.set(call.commandId, {
      firstSent: Math.min(firstSent, call.startMs),
      acknowledged: isAcknowledged(call) ? Math.min(acknowledged, call.endMs) : acknowledged,
    })
  }
  return spans
}
