import type { Booking } from '../booking.ts'
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
  /** Of the bookings requested on this day, how many were confirmed, on whatever day. */
  converted: number
  failed: number
  accepted: number
  confirmed: number
  rejected: number
  cancelled: number
  expired: number
  completed: number
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
  converted: 0,
  failed: 0,
  accepted: 0,
  confirmed: 0,
  rejected: 0,
  cancelled: 0,
  expired: 0,
  completed: 0,
  refused: 0,
  guests: 0,
  decisionMs: 0,
  decisions: 0,
  revenue: {},
}

/** The day is first, so that the roll-ups of a day are stored together. */
export const rollupIdOf = ({ day, dimension, value }: RollupKey): string => `${day}|${dimension}|${value}`

/** The roll-ups that count an event: those of its day, and of the day of the request that it confirms. */
export function rollupKeysOf(event: Event): RollupKey[] {
  if (!isBookingEvent(event) && event.type !== 'command.refused') return []
  const days = new Set([dayOf(event.at), ...(event.type === 'booking.confirmed' ? [requestDayOf(event.booking)] : [])])
  return [...days].flatMap((day) => keysOf(event.booking, day))
}

/** The roll-ups of one day that count a booking; without a booking only the one of everything. */
export function keysOf(booking: RolledUp | null, day: string): RollupKey[] {
  const all: RollupKey = { dimension: 'all', value: 'all', day }
  if (!booking) return [all]
  const { kind, ownerId, listingId } = booking
  return [
    all,
    { dimension: 'kind', value: kind, day },
    { dimension: 'owner', value: ownerId, day },
    { dimension: 'listing', value: listingId, day },
  ]
}

type RolledUp = Pick<Booking, 'kind' | 'ownerId' | 'listingId'>

const dayOf = (at: string): string => at.slice(0, 10)

export const requestDayOf = ({ createdAt }: Pick<Booking, 'createdAt'>): string => dayOf(createdAt)

/** Projection: one event into one roll-up of that day. */
export function rollUp(rollup: Rollup, event: Event, day: string): Rollup {
  const counted = isBookingEvent(event) ? countConverted(rollup, event, day) : rollup
  if (dayOf(event.at) !== day) return counted
  if (event.type === 'command.refused') return { ...counted, refused: counted.refused + 1 }
  return isBookingEvent(event) ? rollUpBooking(counted, event) : counted
}

/** A booking is confirmed once, so the sum over days is a number of bookings. */
function countConverted(rollup: Rollup, { type, booking }: BookingEvent, day: string): Rollup {
  const isOfDay = type === 'booking.confirmed' && requestDayOf(booking) === day
  return isOfDay ? { ...rollup, converted: rollup.converted + 1 } : rollup
}

const COUNTER = {
  'booking.created': 'requested',
  'booking.failed': 'failed',
  'booking.accepted': 'accepted',
  'booking.confirmed': 'confirmed',
  'booking.rejected': 'rejected',
  'booking.cancelled': 'cancelled',
  'booking.expired': 'expired',
  'booking.completed': 'completed',
  'booking.reminded': null,
  'booking.payment_changed': null,
} as const satisfies Record<BookingEvent['type'], keyof Rollup | null>

/** Events after which a confirmed booking no longer counts. */
const UNDOES: ReadonlySet<BookingEvent['type']> = new Set(['booking.cancelled', 'booking.failed'])

function rollUpBooking(rollup: Rollup, event: BookingEvent): Rollup {
  const counter = COUNTER[event.type]
  if (counter === null) return rollup
  const counted = { ...rollup, [counter]: rollup[counter] + 1 }
  return [countConfirmed, countDecision].reduce((sum, count) => count(sum, event), counted)
}

function countConfirmed(rollup: Rollup, { type, previousStatus, booking }: BookingEvent): Rollup {
  const sign = type === 'booking.confirmed' ? 1 : UNDOES.has(type) && previousStatus === 'confirmed' ? -1 : 0
  if (sign === 0) return rollup
  const { currency } = booking.price
  // A cancellation may give back a part only.
  const amount = (sign < 0 ? booking.payment?.refundDue : null) ?? booking.price.amount
  return {
    ...rollup,
    guests: rollup.guests + sign * booking.guests,
    revenue: { ...rollup.revenue, [currency]: (rollup.revenue[currency] ?? 0) + sign * amount },
  }
}

/** An owner cancels a pending booking to say no. */
const DECISIONS: ReadonlySet<BookingEvent['type']> = new Set([
  'booking.accepted',
  'booking.confirmed',
  'booking.rejected',
  'booking.cancelled',
])

/** An owner's yes or no to a pending booking. */
function countDecision(rollup: Rollup, { actor, previousStatus, type, booking }: BookingEvent): Rollup {
  const isOwners = actor.role === 'owner' || actor.role === 'admin'
  if (previousStatus !== 'pending' || !isOwners || !DECISIONS.has(type)) return rollup
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
