import { ICalEventStatus } from 'ical-generator'
import { type Booking, isLive, type PublicBooking } from '#domain/booking.ts'
import { instantOf } from '#domain/civil.ts'
import type { Listing } from '#domain/listing.ts'
import type { ListingDocument } from '../../decisions/listing-document.ts'
import { CALENDAR_STATUS, type CalendarEntry } from './icalendar.ts'

type ShownFields = 'checkIn' | 'checkOut' | 'guests' | 'quantity' | 'status' | 'version' | 'updatedAt'

/** A booking in the calendar of one who may see it. */
export function bookingEntry(
  id: string,
  { checkIn, checkOut, guests, quantity, status, version, updatedAt }: Pick<PublicBooking, ShownFields>,
  summary: string,
): CalendarEntry {
  return {
    id,
    summary,
    description: `Status: ${status}\nGuests: ${guests}\nQuantity: ${quantity}\nBooking: ${id}`,
    from: checkIn,
    to: checkOut,
    status: CALENDAR_STATUS[status],
    sequence: version,
    changedAt: updatedAt,
  }
}

/** The live bookings and blocks of a listing, by their first day. */
export function listingEntries(
  { name }: Pick<Listing, 'name'>,
  { state: { bookings, blocks }, latestAt }: ListingDocument,
): CalendarEntry[] {
  const held = [...bookings].filter(([, { status }]) => isLive(status))
  const blocked = [...blocks].map(([id, { from, to }]) => ({
    id,
    summary: `Blocked: ${name}`,
    from,
    to,
    status: ICalEventStatus.CONFIRMED,
    sequence: 0,
    changedAt: instantOf(latestAt),
  }))
  const entries = [
    ...held.map(([id, booking]) => bookingEntry(id, booking, `${titleOf(booking)}: ${name}`)),
    ...blocked,
  ]
  return entries.sort((a, b) => a.from.localeCompare(b.from) || a.id.localeCompare(b.id))
}

const titleOf = ({ status }: Pick<Booking, 'status'>): string => (status === 'pending' ? 'Requested' : 'Booked')
