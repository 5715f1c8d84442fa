import { addDays, instantOf } from '#domain/civil.ts'
import type { Command } from '#domain/command.ts'
import { bookingIdOf } from '#domain/ids.ts'
import type { Outgoing } from '#log/log.ts'
import { encodeSigned } from '#processor/testing/signed-commands.ts'

/** The requests go to each listing in turn. Some requested nights are taken, so that both outcomes occur. */
export interface Plan {
  topic: string
  listings: number
  requests: number
}

const START = '2031-01-01'
/** The current time: older documents would expire, and the server would spend time on their removal. */
const AT = instantOf(Date.now())

/** Nights per listing. With 100 requests per listing, three of ten fail. */
const NIGHTS = 70

/** Every listing first, then the requests, in topic order. */
export function* messagesOf({ topic, listings, requests }: Plan): Generator<Outgoing> {
  for (let i = 0; i < listings; i++) yield { topic, ...encodeSigned(publish(topic, i)) }
  for (let i = 0; i < requests; i++) {
    const night = Math.floor(i / listings) % NIGHTS
    yield { topic, ...encodeSigned(request(topic, i, i % listings, night)) }
  }
}

const listingIdOf = (topic: string, i: number): string => `${topic}-${i}`

const publish = (topic: string, i: number): Command => ({
  type: 'PublishListing',
  id: `publish-${topic}-${i}`,
  listingId: listingIdOf(topic, i),
  actor: { role: 'system', id: 'bench' },
  at: AT,
  listing: {
    id: listingIdOf(topic, i),
    ownerId: 'owner-1',
    kind: 'stay',
    name: 'A stay',
    capacity: 1,
    maxGuests: 4,
    price: { amount: 10_000, currency: 'USD' },
    timeZone: 'UTC',
    confirmationPolicy: 'instant',
  },
})

function request(topic: string, i: number, listing: number, night: number): Command {
  const id = `request-${topic}-${i}`
  return {
    type: 'RequestBooking',
    id,
    listingId: listingIdOf(topic, listing),
    bookingId: bookingIdOf(id),
    actor: { role: 'traveler', id: `traveler-${i % 97}` },
    at: AT,
    dialect: 'v1',
    request: {
      listingId: listingIdOf(topic, listing),
      checkIn: addDays(START, night),
      checkOut: addDays(START, night + 1),
      guests: 2,
      quantity: 1,
      specialRequests: null,
      price: null,
    },
  }
}
