import ical, { ICalEventStatus } from 'ical-generator'
import type { Status } from '#domain/booking.ts'
import { addDays, type CivilDate, type Instant } from '#domain/civil.ts'

/** Calendars in iCalendar (RFC 5545): events that take whole days. They name no traveler and no special request. */

export interface CalendarEntry {
  /** Stable: a calendar program recognizes the event by it. */
  id: string
  summary: string
  description?: string
  from: CivilDate
  /** The day after the last one; null for one day. */
  to: CivilDate | null
  status: ICalEventStatus
  /** Increases with every change. */
  sequence: number
  changedAt: Instant
}

const { CANCELLED, CONFIRMED, TENTATIVE } = ICalEventStatus

/** What a booking is to a calendar. */
export const CALENDAR_STATUS: Readonly<Record<Status, ICalEventStatus>> = {
  pending: TENTATIVE,
  accepted: TENTATIVE,
  confirmed: CONFIRMED,
  completed: CONFIRMED,
  rejected: CANCELLED,
  expired: CANCELLED,
  cancelled: CANCELLED,
  failed: CANCELLED,
}

/** How often a program that has subscribed should read the calendar again. */
const REFRESH_SECONDS = 3_600

export function calendarOf(name: string, entries: readonly CalendarEntry[]): string {
  const calendar = ical({
    name: escaped(name),
    prodId: { company: 'Reservoir', product: 'Bookings' },
    ttl: REFRESH_SECONDS,
  })
  for (const { id, from, to, changedAt, ...event } of entries) {
    calendar.createEvent({
      id: `${id}@reservoir`,
      ...event,
      allDay: true,
      start: dateOf(from),
      end: dateOf(to ?? addDays(from, 1)),
      stamp: new Date(changedAt),
      lastModified: new Date(changedAt),
    })
  }
  return `${calendar.toString()}\r\n`
}

/** The library takes the days of UTC. */
const dateOf = (day: CivilDate): Date => new Date(day)

/** The library escapes the texts of events, and not the name of a calendar. */
const escaped = (text: string): string => text.replaceAll(/[\\;,]/g, String.raw`\$&`)
