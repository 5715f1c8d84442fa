import { z } from 'zod'

/** Civil dates, `YYYY-MM-DD`, without a time zone. They sort as text. */
export const CivilDate = z.iso.date({ abort: true }).refine((date) => date >= '0001', 'must be of the year 1 or later')
export type CivilDate = z.infer<typeof CivilDate>

/** RFC 3339, UTC, milliseconds: `2026-11-21T10:00:00.000Z`. They sort as text. */
export const Instant = z.iso.datetime({ precision: 3 })
export type Instant = z.infer<typeof Instant>

const DAY_MS = 86_400_000

/** The last one, in milliseconds since the epoch: a year has four digits. */
export const LAST_INSTANT = Date.parse('9999-12-31T23:59:59.999Z')

export const instantOf = (ms: number): Instant => new Date(ms).toISOString()

export function addDays(date: CivilDate, days: number): CivilDate {
  return instantOf(Date.parse(date) + days * DAY_MS).slice(0, 10)
}

/** Days from one date to the other; negative when it lies before. */
export function daysBetween(from: CivilDate, to: CivilDate): number {
  return (Date.parse(to) - Date.parse(from)) / DAY_MS
}

/** Every day of the half-open span. Without an end, the one day. */
export function daysOf(span: { checkIn: CivilDate; checkOut: CivilDate | null }): CivilDate[] {
  const length = span.checkOut === null ? 1 : daysBetween(span.checkIn, span.checkOut)
  return Array.from({ length: Math.max(length, 0) }, (_, i) => addDays(span.checkIn, i))
}

/** The day in a time zone at an instant. */
export const dayAt = (at: Instant, timeZone: string): CivilDate =>
  instantOf(Date.parse(at) + offsetAt(Date.parse(at), timeZone)).slice(0, 10)

/** The first instant of a day in a time zone, in milliseconds since the epoch. */
export function startOfDay(date: CivilDate, timeZone: string): number {
  const midnight = Date.parse(date)
  // Where clocks change at midnight, that midnight occurs twice or never, so both offsets of the night are tried.
  const starts = new Set([midnight - DAY_MS, midnight + DAY_MS].map((near) => midnight - offsetAt(near, timeZone)))
  return Math.min(...[...starts].filter((start) => start + offsetAt(start, timeZone) >= midnight))
}

/** How far the clocks of a time zone are ahead of UTC at an instant, in milliseconds. */
function offsetAt(instant: number, timeZone: string): number {
  // Ends with `GMT`, `GMT+05:30`, and before there were zones `GMT-00:36:45`. Taking its parts would take twice as long.
  const clock = clockOf(timeZone).format(instant)
  const [, sign, hours, minutes, seconds = 0] = /GMT([+-])(\d+):(\d+)(?::(\d+))?$/.exec(clock) ?? []
  if (sign === undefined) return 0
  const ahead = ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000
  return sign === '-' ? -ahead : ahead
}

/** Creating a format takes fifty times as long as using it. */
const clocks = new Map<string, Intl.DateTimeFormat>()

function clockOf(timeZone: string): Intl.DateTimeFormat {
  const known = clocks.get(timeZone)
  if (known) return known
  // Names come from clients in any mixture of cases, so the cache is bounded.
  if (clocks.size >= 1_000) clocks.clear()
  const clock = new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' })
  clocks.set(timeZone, clock)
  return clock
}

/** A name of the IANA database. `Intl` accepts offsets such as `+23:59` too, which follow no clock changes. */
export const TimeZone = z.string().refine((zone) => {
  try {
    return /^[A-Za-z]/.test(zone) && Boolean(clockOf(zone))
  } catch {
    return false
  }
}, 'must be an IANA time zone such as Europe/Lisbon')

/** A time zone that a client sends. The OpenAPI document lists the names that every runtime has. */
export const SentTimeZone = TimeZone.meta({
  description: 'A name of the IANA database. Its other names for these zones are accepted too.',
  enum: ['UTC', ...Intl.supportedValuesOf('timeZone').filter((zone) => zone !== 'UTC')],
})
