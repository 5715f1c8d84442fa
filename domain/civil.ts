import { z } from 'zod'

/** Civil dates: days as a calendar on the wall has them, `YYYY-MM-DD`, without a time zone. They sort as text. */
export const CivilDate = z.iso.date()
export type CivilDate = z.infer<typeof CivilDate>

/** RFC 3339, UTC, milliseconds: `2026-11-21T10:00:00.000Z`. They sort as text. */
export const Instant = z.iso.datetime({ precision: 3 })
export type Instant = z.infer<typeof Instant>

const DAY_MS = 86_400_000

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

/** When a day begins in a time zone, in milliseconds since the epoch. */
export function startOfDay(date: CivilDate, timeZone: string): number {
  const utc = Date.parse(date)
  const guess = utc - offsetAt(utc, timeZone)
  // Asked again at the guess: near a change of summer time the first answer is that of the other side.
  return utc - offsetAt(guess, timeZone)
}

/** How far the clocks of a time zone are ahead of UTC at an instant, in milliseconds. */
function offsetAt(instant: number, timeZone: string): number {
  const parts = new Intl.DateTimeFormat('en-CA', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  }).formatToParts(instant)
  const part = (type: string): string => parts.find((p) => p.type === type)?.value ?? '00'
  const wall = `${part('year')}-${part('month')}-${part('day')}T${part('hour')}:${part('minute')}:${part('second')}Z`
  return Date.parse(wall) - Math.floor(instant / 1000) * 1000
}

export const TimeZone = z.string().refine((zone) => {
  try {
    return Boolean(new Intl.DateTimeFormat('en', { timeZone: zone }))
  } catch {
    return false
  }
}, 'must be an IANA time zone such as Europe/Lisbon')
