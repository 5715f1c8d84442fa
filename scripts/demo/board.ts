/** The results so far, and their table. */
import { percentile } from '../figures/percentile.ts'
import type { Happened } from './traffic.ts'
import { columns, type Paint } from '../terminal/terminal.ts'

export interface Board {
  /** Count of each result. */
  results: Map<string, number>
  /** For each race, the number of travelers and of bookings. */
  races: Map<number, { ran: number; booked: number }>
  latest: Happened[]
  times: number[]
}

const LATEST = 100

export const emptyBoard = (): Board => ({ results: new Map(), races: new Map(), latest: [], times: [] })

export function note(board: Board, happened: Happened): void {
  const { result, race, bookingId, ms } = happened
  board.results.set(result, (board.results.get(result) ?? 0) + 1)
  board.times.push(ms)
  board.latest = [happened, ...board.latest].slice(0, LATEST)
  if (race === undefined) return
  const { ran, booked } = board.races.get(race) ?? { ran: 0, booked: 0 }
  board.races.set(race, { ran: ran + 1, booked: booked + (bookingId === null ? 0 : 1) })
}

export interface Summary {
  happened: number
  results: Record<string, number>
  races: number
  /** Races in which several travelers got the same nights; must be 0. */
  bookedTwice: number
  p50Ms: number
  p99Ms: number
}

export function summaryOf({ results, races, times }: Board): Summary {
  return {
    happened: times.length,
    results: Object.fromEntries([...results].sort(([, a], [, b]) => b - a)),
    races: races.size,
    bookedTwice: [...races.values()].filter(({ booked }) => booked > 1).length,
    p50Ms: percentile(times, 0.5) || 0,
    p99Ms: percentile(times, 0.99) || 0,
  }
}

/** Counts, and below them the latest requests that fit. */
export function boardLines(board: Board, title: string, latest: number, paint: Paint): string[] {
  return [paint('bold', title), '', ...summaryLines(board, paint), '', ...latestLines(board, latest, paint)]
}

export function summaryLines(board: Board, paint: Paint): string[] {
  const { happened, results, races, bookedTwice, p50Ms, p99Ms } = summaryOf(board)
  const counts = Object.entries(results).map(([result, count]) => [
    `  ${String(count).padStart(6)}`,
    shown(result, paint),
  ])
  const twice = bookedTwice === 0 ? paint('green', 'none booked twice') : paint('red', `${bookedTwice} booked twice`)
  return [
    ...columns(counts),
    '',
    happened === 0
      ? '  no answers yet'
      : `  ${counted(happened, 'answer')}, half of them within ${p50Ms} ms, 99 % within ${p99Ms} ms`,
    `  ${counted(races, 'race')} of several travelers for the same nights: ${twice}`,
  ]
}

const counted = (count: number, one: string): string => `${String(count).padStart(6)}  ${one}${count === 1 ? '' : 's'}`

const latestLines = ({ latest }: Board, count: number, paint: Paint): string[] =>
  columns(latest.slice(0, count).map((happened) => cells(happened, paint)))

/** Result and latency come first: a narrow terminal cuts the end of the line. */
const cells = ({ time, who, does, listing, days, race, result, ms }: Happened, paint: Paint): string[] => [
  `  ${paint('dim', time.slice(11, 19))}`,
  shown(result, paint),
  paint('dim', `${ms} ms`.padStart(7)),
  race === undefined ? does : paint('magenta', 'race'),
  who,
  listing,
  paint('dim', days),
]

const COLORS = {
  pending: 'yellow',
  confirmed: 'green',
  completed: 'green',
  rejected: 'blue',
  cancelled: 'blue',
  expired: 'blue',
  dates_unavailable: 'magenta',
  booking_already_decided: 'magenta',
} as const satisfies Record<string, Parameters<Paint>[0]>

/** Red: a result that should not occur. */
const shown = (result: string, paint: Paint): string =>
  paint(Object.hasOwn(COLORS, result) ? COLORS[result as keyof typeof COLORS] : 'red', result.replaceAll('_', ' '))
