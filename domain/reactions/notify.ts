import { CHANNEL_NAMES, type Deliver } from '../effects.ts'
import { type BookingEvent, type Event, isBookingEvent } from '../event.ts'

type Recipient = 'traveler' | 'owner'

/** Who is notified of an event, and through which channels. Actors are not notified of their own requests and cancellations. */
export function notify(event: Event): Deliver[] {
  if (!isBookingEvent(event)) return []
  const { ownerId, travelerId } = event.booking
  return recipientsOf(event).flatMap((recipient) =>
    CHANNEL_NAMES.map((channel) => ({
      type: 'deliver',
      id: `${event.id}:${recipient}`,
      channel,
      userId: recipient === 'owner' ? ownerId : travelerId,
      event,
    })),
  )
}

/** Those whom an event concerns. */
const CONCERNED: Readonly<Record<BookingEvent['type'], readonly Recipient[]>> = {
  'booking.created': ['owner'],
  'booking.accepted': ['traveler'],
  'booking.confirmed': ['traveler'],
  'booking.rejected': ['traveler'],
  'booking.cancelled': ['traveler', 'owner'],
  'booking.failed': ['traveler'],
  'booking.expired': ['traveler'],
  'booking.completed': [],
  'booking.reminded': ['owner'],
  'booking.payment_changed': ['traveler'],
}

/** Events of which their actor is not notified. */
const KNOWN_TO_ACTOR: ReadonlySet<BookingEvent['type']> = new Set(['booking.created', 'booking.cancelled'])

function recipientsOf({ type, actor, booking }: BookingEvent): Recipient[] {
  // Other changes of a payment come with a change of the booking.
  if (type === 'booking.payment_changed' && booking.payment?.status !== 'requires_action') return []
  if (!KNOWN_TO_ACTOR.has(type)) return [...CONCERNED[type]]
  const { travelerId, ownerId } = booking
  return CONCERNED[type].filter((recipient) => actor.id !== (recipient === 'owner' ? ownerId : travelerId))
}
