import type { TopicNames } from '#domain/topics.ts'
import { DECISIONS } from '#processor/decisions/decisions.ts'
import { VIEWS } from '#processor/sinks/views.ts'
import type { Call } from './watch.ts'

/** The hops of a booking from its POST to the response, in order. */
export const HOPS = [
  'edge: prediction through the query API',
  'proxy',
  'Kafka acknowledges the command',
  'until the decider receives it',
  'decider: archive and listing in the store',
  'Kafka acknowledges the events',
  'until the views receive them',
  'views and receipt in the store',
  'responses of query API and edge',
] as const

/** The milliseconds of each hop of one booking; they add up to the total. */
export function hopsOf(calls: readonly Call[], topics: TopicNames, startMs: number, endMs: number): number[] {
  const call = (what: string): Call => {
    const found = calls.find((one) => one.what === what)
    if (!found) throw new Error(`no call of ${what} was recorded`)
    return found
  }
  const [lookAhead, command, events] = [
    call('get listings'),
    call(`send ${topics.requests}`),
    call(`send ${topics.bookings}`),
  ]
  const marks = [
    startMs,
    lookAhead.endMs,
    command.startMs,
    command.endMs,
    call(`handle ${DECISIONS}`).startMs,
    events.startMs,
    events.endMs,
    call(`handle ${VIEWS}`).startMs,
    call('insert receipts').endMs,
    endMs,
  ]
  // A consumer may read a message before its producer receives the acknowledgement.
  const inOrder = marks.map((_, n) => Math.max(...marks.slice(0, n + 1)))
  return inOrder.slice(1).map((mark, n) => mark - inOrder[n]!)
}
