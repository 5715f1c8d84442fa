import { isDeepStrictEqual } from 'node:util'
import { type Event, isBookingEvent } from '#domain/event.ts'
import { PARTITIONS } from '#domain/topics.ts'
import { partitionOf } from '#log/partition.ts'
import type { FirstEvents } from '#processor/simulation/evidence.ts'
import type { Answer, Call } from './world.ts'

type Events = FirstEvents['events']
type Sent = Call & { commandId: string }

const isSent = (call: Call): call is Sent => call.commandId !== null

/** Those whose client was told that the log has it. */
const isAcknowledged = (call: Call): call is Sent & { answer: Answer } =>
  isSent(call) && call.answer !== null && call.answer.status < 300

/** I1: what was acknowledged is in the log, and it is what was acknowledged. */
export function acknowledgedFaults(history: readonly Call[], events: Events): string[] {
  const byCommand = Map.groupBy(events, ({ event }) => event.command.id)
  return history.filter(isAcknowledged).flatMap(({ commandId, method, path, answer }) => {
    const told = byCommand.get(commandId)?.map(({ event }) => event)
    if (!told) return [`I1 an acknowledged command is lost: ${method} ${path} ${commandId}`]
    return isTrue(answer, told) ? [] : [`I1 the log says other than the answer: ${method} ${path} ${commandId}`]
  })
}

/** A request is acknowledged as it was asked for (version 1); whatever says more must be what was decided. */
function isTrue({ status, body }: Answer, events: readonly Event[]): boolean {
  if (status !== 200 || typeof body?.version !== 'number') return true
  const booking = events.findLast(isBookingEvent)?.booking
  return booking?.id === body.id && booking?.version === body.version && booking?.status === body.status
}

/** I4: one key, one answer, one booking. */
export function sameAnswerFaults(history: readonly Call[], events: Events): string[] {
  const bookings = Map.groupBy(
    events.flatMap(({ event }) => (event.type === 'booking.created' ? [event] : [])),
    (event) => event.command.id,
  )
  const calls = history.filter(isSent).filter(({ answer }) => answer !== null && isFinal(answer))
  return [...Map.groupBy(calls, ({ commandId }) => commandId)].flatMap(([id, repeated]) => {
    const [first, ...others] = repeated.map(({ answer }) => answer!)
    const faults = others.every((other) => isSame(first!, other)) ? [] : [`I4 one key has several answers: ${id}`]
    return (bookings.get(id)?.length ?? 0) > 1 ? [...faults, `I4 one key has several bookings: ${id}`] : faults
  })
}

/** "Not yet", "perhaps" and "too much" are no answers; whoever gets them asks again. */
const isFinal = ({ status }: Answer): boolean => status !== 202 && status !== 429 && status < 500

/**
 * Of a request that is repeated while nobody decides, the edge can only say what it knows: its listing's part may be unknown, and
 * the times are those of the repetition.
 */
const UNKNOWN_AT_FIRST = ['ownerId', 'kind', 'price', 'holdExpiresAt', 'createdAt', 'updatedAt']
const OF_THE_CALL = ['requestId', 'traceparent', 'instance']
const INESSENTIAL = new Set([...UNKNOWN_AT_FIRST, ...OF_THE_CALL])

function isSame(one: Answer, other: Answer): boolean {
  return one.status === other.status && isDeepStrictEqual(essenceOf(one.body), essenceOf(other.body))
}

function essenceOf(body: unknown): unknown {
  if (typeof body !== 'object' || body === null) return body
  return Object.fromEntries(Object.entries(body).filter(([name]) => !INESSENTIAL.has(name)))
}

/** I7: of one listing's commands, whatever was acknowledged before another was first sent comes before it in the log. */
export function orderFaults(history: readonly Call[], events: Events): string[] {
  const spans = spansOf(history)
  const faults: string[] = []
  for (const [listingId, told] of Map.groupBy(events, ({ event }) => event.listingId)) {
    const home = partitionOf(listingId, PARTITIONS)
    const ids = new Set(told.flatMap(({ event: { command } }) => (command.partition === home ? [command.id] : [])))
    const known = [...ids].flatMap((id) => (spans.has(id) ? [{ id, ...spans.get(id)! }] : []))
    let earliestAck = Infinity
    for (const { id, firstSent, acknowledged } of known.reverse()) {
      if (earliestAck < firstSent) faults.push(`I7 a later command came before an acknowledged one: ${id}`)
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
