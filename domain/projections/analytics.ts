import { type BookingEvent, type Event, isBookingEvent } from '../event.ts'

/** The dimensions of roll-ups: everything, each kind, each owner, each listing. */
export const DIMENSIONS = ['all', 'kind', 'owner', 'listing'] as const
export type Dimension = (typeof DIMENSIONS)[number]

/** One day, UTC, of one value of one dimension. */
export interface RollupKey {
  dimension: Dimension
  value: string
  day: string
}

export interface Rollup {
  requested: number
  failed: number
  accepted: number
  confirmed: number
  rejected: number
  cancelled: number
  /** Commands that changed nothing. */
  refused: number
  /** Guests of confirmed bookings. */
  guests: number
  /** Sum of the times from request to the owner's answer, and how many answers: their quotient is the mean. */
  decisionMs: number
  decisions: number
  /** Minor units of confirmed bookings by currency, less those cancelled afterwards. */
  revenue: Record<string, number>
}

export const emptyRollup: Rollup = {
  requested: 0,
  failed: 0,
  accepted: 0,
  confirmed: 0,
  rejected: 0,
  cancelled: 0,
  refused: 0,
  guests: 0,
  decisionMs: 0,
  decisions: 0,
  revenue: {},
}

/** The day is first, so that the roll-ups of a day are stored together. */
export const rollupIdOf = ({ day, dimension, value }: RollupKey): string => `${day}|${dimension}|${value}`

/** The roll-ups that count an event. */
export function rollupKeysOf(event: Event): RollupKey[] {
  if (!isBookingEvent(event) && event.type !== 'command.refused') return []
  const day = event.at.slice(0, 10)
  const all: RollupKey = { dimension: 'all', value: 'all', day }
  if (!event.booking) return [all]
  const { kind, ownerId, listingId } = event.booking
  return [
    all,
    { dimension: 'kind', value: kind, day },
    { dimension: 'owner', value: ownerId, day },
    { dimension: 'listing', value: listingId, day },
  ]
}

/** Projection: one event into one roll-up. */
export function rollUp(rollup: Rollup, event: Event): Rollup {
  if (event.type === 'command.refused') return { ...rollup, refused: rollup.refused + 1 }
  return isBookingEvent(event) ? rollUpBooking(rollup, event) : rollup
}

const COUNTER = {
  'booking.created': 'requested',
  'booking.failed': 'failed',
  'booking.accepted': 'accepted',
  'booking.confirmed': 'confirmed',
  'booking.rejected': 'rejected',
  'booking.cancelled': 'cancelled',
} as const satisfies Record<BookingEvent['type'], keyof Rollup>

function rollUpBooking(rollup: Rollup, event: BookingEvent): Rollup {
  const counter = COUNTER[event.type]
  const counted = { ...rollup, [counter]: rollup[counter] + 1 }
  return [countConfirmed, countDecision].reduce((sum, count) => count(sum, event), counted)
}

function countConfirmed(rollup: Rollup, { type, previousStatus, booking }: BookingEvent): Rollup {
  const sign =
    type === 'booking.confirmed' ? 1 : type === 'booking.cancelled' && previousStatus === 'confirmed' ? -1 : 0
  if (sign === 0) return rollup
  const { amount, currency } = booking.price
  return {
    ...rollup,
    guests: rollup.guests + sign * booking.guests,
    revenue: { ...rollup.revenue, [currency]: (rollup.revenue[currency] ?? 0) + sign * amount },
  }
}

/** An owner's yes or no to a pending booking. */
function countDecision(rollup: Rollup, { actor, previousStatus, type, booking }: BookingEvent): Rollup {
  if (previousStatus !== 'pending' || actor.role === 'traveler' || type === 'booking.failed') return rollup
  const took = Math.max(0, Date.parse(booking.updatedAt) - Date.parse(booking.createdAt))
  return { ...rollup, decisions: rollup.decisions + 1, decisionMs: rollup.decisionMs + took }
}

/** Several days or values as one. */
export function sumRollups(rollups: readonly Rollup[]): Rollup {
  return rollups.reduce((sum, next) => {
    const revenue = { ...sum.revenue }
    for (const [currency, amount] of Object.entries(next.revenue)) revenue[currency] = (revenue[currency] ?? 0) + amount
    const counts = COUNTS.map((name) => [name, sum[name] + next[name]])
    return { ...(Object.fromEntries(counts) as Omit<Rollup, 'revenue'>), revenue }
  }, emptyRollup)
}

const COUNTS = Object.keys(emptyRollup).filter((name) => name !== 'revenue') as Exclude<keyof Rollup, 'revenue'>[]
