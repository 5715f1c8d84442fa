import type { Booking } from '../booking.ts'
import { type BookingEvent, type Event, isBookingEvent } from '../event.ts'

export interface Notification {
  /** `<eventId>:<recipient>`: one per event and recipient, however often the event is read. */
  id: string
  userId: string
  bookingId: string
  listingId: string
  type: BookingEvent['type']
  title: string
  body: string
  createdAt: string
  readAt: string | null
}

type Recipient = 'traveler' | 'owner'

/** Policy: who hears of an event, in the app, and what. Nobody is told what they did themselves. */
export function notify(event: Event): Notification[] {
  if (!isBookingEvent(event)) return []
  const { title, body } = textFor(event)
  return recipientsOf(event).map((recipient) => ({
    id: `${event.id}:${recipient}`,
    userId: recipient === 'owner' ? event.booking.ownerId : event.booking.travelerId,
    bookingId: event.bookingId,
    listingId: event.listingId,
    type: event.type,
    title,
    body,
    createdAt: event.at,
    readAt: null,
  }))
}

function recipientsOf(event: BookingEvent): Recipient[] {
  if (event.type !== 'booking.created' && event.type !== 'booking.cancelled') return ['traveler']
  const { travelerId, ownerId } = event.booking
  const concerned: Recipient[] = event.type === 'booking.created' ? ['owner'] : ['traveler', 'owner']
  return concerned.filter((recipient) => event.actor.id !== (recipient === 'owner' ? ownerId : travelerId))
}

function textFor(event: BookingEvent): { title: string; body: string } {
  const { booking } = event
  const why = event.reason ? `: ${event.reason}` : ''
  switch (event.type) {
    case 'booking.created':
      return { title: 'New booking request', body: `${guestsOf(booking)} for ${spanOf(booking)}.` }
    case 'booking.accepted':
      return { title: 'Booking accepted', body: `The owner accepted ${spanOf(booking)}; the payment is outstanding.` }
    case 'booking.confirmed':
      return { title: 'Booking confirmed', body: `Your booking for ${spanOf(booking)} is confirmed.` }
    case 'booking.rejected':
      return { title: 'Booking rejected', body: `The owner rejected your request for ${spanOf(booking)}${why}.` }
    case 'booking.cancelled':
      return { title: 'Booking cancelled', body: `The booking for ${spanOf(booking)} was cancelled${why}.` }
    case 'booking.failed':
      return { title: 'Booking not possible', body: `Your request for ${spanOf(booking)} failed${why}.` }
  }
}

const guestsOf = ({ guests }: Booking): string => (guests === 1 ? '1 guest asks' : `${guests} guests ask`)

const spanOf = ({ checkIn, checkOut }: Booking): string => (checkOut ? `${checkIn} to ${checkOut}` : checkIn)
