import { CHANNEL_NAMES, type Deliver } from '../effects.ts'
import { type BookingEvent, type Event, isBookingEvent } from '../event.ts'

type Recipient = 'traveler' | 'owner'

/** Who is notified of an event, and through which channels. Actors are not notified of their own actions. */
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

function recipientsOf(event: BookingEvent): Recipient[] {
  if (event.type !== 'booking.created' && event.type !== 'booking.cancelled') return ['traveler']
  const { travelerId, ownerId } = event.booking
  const concerned: Recipient[] = event.type === 'booking.created' ? ['owner'] : ['traveler', 'owner']
  return concerned.filter((recipient) => event.actor.id !== (recipient === 'owner' ? ownerId : travelerId))
}
