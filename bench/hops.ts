import type { Topics } from '#domain/topics.ts'
import { DECISIONS } from '#processor/decisions/decisions.ts'
import { VIEWS } from '#processor/sinks/views.ts'
import type { Call } from './watch.ts'

/** The hops of a booking from its POST to the response, in order. */
export const HOPS = [
  'edge, looking ahead by the query API',
  'proxy',
  'Kafka takes the command',
  'until the decider has it',
  'decider: archive and listing, by the store',
  'Kafka takes the events',
  'until the views have them',
  'views and receipt, by the store',
  'query API and edge answer',
] as const

/** The milliseconds of each hop of one booking; they add up to the total. */
export function hopsOf(calls: readonly Call[], topics: Topics, startMs: number, endMs: number): number[] {
  const call = (what: string): Call => {
    const found = calls.find((one) => one.what === what)
    if (!found) throw new Error(`nothing did ${what}`)
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
  // A message may be read before its producer hears that it is written.
  const inOrder = marks.map((_, n) => Math.max(...marks.slice(0, n + 1)))
  return inOrder.slice(1).map((mark, n) => mark - inOrder[n]!)
}
