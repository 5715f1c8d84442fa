import { z } from 'zod'
import type { ConfirmationPolicy } from './policies.ts'

/** What a booking takes from the inventory of its listing, counted per unit of time. */
interface Span {
  /** What one count of price and capacity stands for. */
  per: string
  /** Without a check-out, the booking takes the one day it begins with. */
  hasCheckOut: boolean
}

const SPANS = {
  nights: { per: 'night', hasCheckOut: true },
  days: { per: 'day', hasCheckOut: true },
  departure: { per: 'departure', hasCheckOut: false },
} as const satisfies Record<string, Span>

interface KindEntry {
  span: Span
  /** What `capacity` and `quantity` count, in the plural. */
  units: string
  /** What a request without a quantity takes: one unit, or one for each guest. */
  defaultQuantity: 'one' | 'guests'
  /** The confirmation policy of a listing that names none. */
  defaultPolicy: ConfirmationPolicy
}

/** The kinds of listings. A new kind is one entry here and its tests. */
export const KINDS = {
  stay: { span: SPANS.nights, units: 'stays', defaultQuantity: 'one', defaultPolicy: 'owner' },
  hotel: { span: SPANS.nights, units: 'rooms', defaultQuantity: 'one', defaultPolicy: 'payment' },
  flight: { span: SPANS.departure, units: 'seats', defaultQuantity: 'guests', defaultPolicy: 'payment' },
  car: { span: SPANS.days, units: 'cars', defaultQuantity: 'one', defaultPolicy: 'payment' },
} as const satisfies Record<string, KindEntry>

export type Kind = keyof typeof KINDS
export const Kind = z.enum(Object.keys(KINDS) as [Kind, ...Kind[]])

/** The kind of a listing that names none. */
export const DEFAULT_KIND: Kind = 'stay'

const entries: readonly KindEntry[] = Object.values(KINDS)

/** For descriptions: `stays, rooms, seats or cars`. */
export const UNITS = listed(entries.map(({ units }) => units))

/** For descriptions: `night, day or departure`. */
export const SPAN_UNITS = listed(Object.values(SPANS).map(({ per }) => per))

/** The kinds whose bookings have no check-out, for descriptions: `flight`. */
export const WITHOUT_CHECK_OUT = listed(Kind.options.filter((kind) => !KINDS[kind].span.hasCheckOut))

/** The kinds that take a unit for each guest, for descriptions: `flight`. */
export const WITH_UNIT_PER_GUEST = listed(Kind.options.filter((kind) => KINDS[kind].defaultQuantity === 'guests'))

function listed(words: readonly string[]): string {
  return [words.slice(0, -1).join(', '), words.at(-1)].filter(Boolean).join(' or ')
}
