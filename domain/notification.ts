import type { Booking } from './booking.ts'
import type { Deliver } from './effects.ts'
import type { BookingEvent } from './event.ts'
import { becauseOf } from './outcome.ts'

/** An event as the app shows it to a person. */
export interface Notification {
  /** The id of the effect. */
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

export function notificationOf({ id, userId, event }: Deliver): Notification {
  const { bookingId, listingId, type, at } = event
  return { id, userId, bookingId, listingId, type, ...textFor(event), createdAt: at, readAt: null }
}

/** The notifications among the effects of an event: what other channels deliver is not shown in the app. */
export const notificationsIn = (effects: readonly Deliver[]): Notification[] =>
  effects.filter(({ channel }) => channel === 'in-app').map(notificationOf)

function textFor(event: BookingEvent): { title: string; body: string } {
  const { booking } = event
  const why = becauseOf(booking, event.reason)
  switch (event.type) {
    case 'booking.created':
      return { title: 'New booking request', body: `${guestsOf(booking)} for ${spanOf(booking)}.` }
    case 'booking.accepted':
      return { title: 'Booking accepted', body: `The owner accepted ${spanOf(booking)}; the payment is outstanding.` }
    case 'booking.confirmed':
      return { title: 'Booking confirmed', body: `Your booking for ${spanOf(booking)} is confirmed.` }
    case 'booking.rejected':
      return { title: 'Booking rejected', body: `Your request for ${spanOf(booking)} was rejected${why}` }
    case 'booking.cancelled':
      return { title: 'Booking cancelled', body: `The booking for ${spanOf(booking)} was cancelled${why}` }
    case 'booking.failed':
      return { title: 'Booking not possible', body: `Your request for ${spanOf(booking)} failed${why}` }
    case 'booking.expired':
      return {
        title: 'Booking expired',
        body: `The request for ${spanOf(booking)} expired, because no decision was made in time.`,
      }
    case 'booking.completed':
      return { title: 'Booking completed', body: `The booking for ${spanOf(booking)} is over.` }
    case 'booking.reminded':
      return {
        title: 'A request waits for you',
        body: `${guestsOf(booking)} for ${spanOf(booking)}. Please decide soon.`,
      }
    case 'booking.payment_changed':
      return { title: 'Payment', body: `Please authenticate the payment for ${spanOf(booking)}.` }
  }
}

const guestsOf = ({ guests }: Booking): string => (guests === 1 ? '1 guest asks' : `${guests} guests ask`)

const spanOf = ({ checkIn, checkOut }: Booking): string => (checkOut ? `${checkIn} to ${checkOut}` : checkIn)
