import { z } from 'zod'
import { addDays, type CivilDate, type Instant, instantOf, startOfDay } from './civil.ts'

export interface Tier {
  /** Until the start of the day so many days before the check-in, in the time zone of the listing. */
  daysBefore: number
  percent: number
  /** Only for so long after the request. */
  withinMs?: number
}

interface CancellationEntry {
  /** How much of the price a traveler gets back. After the last tier: nothing. */
  tiers: readonly Tier[]
}

const HOUR_MS = 3_600_000

/** The cancellation policies of listings. A new policy is one entry here and its tests. */
export const CANCELLATION_POLICIES = {
  flexible: { tiers: [{ daysBefore: 1, percent: 100 }] },
  moderate: { tiers: [{ daysBefore: 5, percent: 100 }] },
  firm: {
    tiers: [
      { daysBefore: 30, percent: 100 },
      { daysBefore: 7, percent: 50 },
    ],
  },
  strict: {
    tiers: [
      { daysBefore: 14, percent: 100, withinMs: 48 * HOUR_MS },
      { daysBefore: 7, percent: 50 },
    ],
  },
  'non-refundable': { tiers: [] },
} as const satisfies Record<string, CancellationEntry>

export type CancellationPolicy = keyof typeof CANCELLATION_POLICIES
export const CancellationPolicy = z.enum(
  Object.keys(CANCELLATION_POLICIES) as [CancellationPolicy, ...CancellationPolicy[]],
)

export const DEFAULT_CANCELLATION_POLICY: CancellationPolicy = 'flexible'

/** A traveler who cancels before an instant gets this much of the price back. */
export const CancellationTerm = z.strictObject({ until: z.iso.datetime({ precision: 3 }), percent: z.int() })
export type CancellationTerm = z.infer<typeof CancellationTerm>

/** What a policy depends on. */
interface Terms {
  cancellationPolicy: CancellationPolicy
  checkIn: CivilDate
  timeZone: string
  /** When the booking was requested. */
  createdAt: Instant
}

/** Those of a booking keep the time zone that its listing had at the request. */
export const zoneOf = (booking: { timeZone: string | null }, listing: { timeZone: string }): string =>
  booking.timeZone ?? listing.timeZone

/** The terms of a booking, in the order in which they end. */
export function termsOf({ cancellationPolicy, checkIn, timeZone, createdAt }: Terms): CancellationTerm[] {
  const tiers: readonly Tier[] = CANCELLATION_POLICIES[cancellationPolicy].tiers
  return tiers.map(({ daysBefore, percent, withinMs = Infinity }) => {
    const until = startOfDay(addDays(checkIn, -daysBefore), timeZone)
    return { until: instantOf(Math.min(until, Date.parse(createdAt) + withinMs)), percent }
  })
}

/** The part of the price, in percent, that a traveler who cancels at an instant gets back. */
export const percentAt = (terms: readonly CancellationTerm[], at: Instant): number =>
  Math.max(0, ...terms.filter(({ until }) => at < until).map(({ percent }) => percent))

/** In minor units; half a unit goes to the traveler. Split, because the product can be larger than a safe integer. */
export const partOf = (amount: number, percent: number): number =>
  Math.floor(amount / 100) * percent + Math.round(((amount % 100) * percent) / 100)
