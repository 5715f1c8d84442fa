import { DEFAULT_RULES } from '#domain/listing.ts'
import { addDays, instantOf } from '#domain/civil.ts'
import type { Command, RequestBooking } from '#domain/command.ts'
import { bookingIdOf } from '#domain/ids.ts'
import { type Log, MAX_SEND, type Outgoing } from '#log/log.ts'
import { encodeSigned } from '#processor/testing/signed-commands.ts'

/** The requests go to each listing in turn. Some requested nights are taken, so that both outcomes occur. */
export interface Plan {
  topic: string
  /** Begins every id; the name of the topic if absent. */
  prefix?: string
  listings: number
  requests: number
}

const START = '2031-01-01'
/** The current time: older documents would expire, and the server would spend time on their removal. */
const AT = instantOf(Date.now())

/** Nights per listing. With 100 requests per listing, three of ten fail. */
const NIGHTS = 70

/** Every listing first, then the requests, in topic order. */
export function* messagesOf({ topic, prefix = topic, listings, requests }: Plan): Generator<Outgoing> {
  for (let i = 0; i < listings; i++) yield { topic, ...encodeSigned(publish(prefix, i)) }
  for (let i = 0; i < requests; i++) {
    const night = Math.floor(i / listings) % NIGHTS
    yield { topic, ...encodeSigned(request(prefix, i, i % listings, night)) }
  }
}

/** Sends batches of the maximum size of one call. */
export async function sendAll(log: Log, messages: Outgoing[]): Promise<void> {
  for (let i = 0; i < messages.length; i += MAX_SEND) await log.send(messages.slice(i, i + MAX_SEND))
}

const listingIdOf = (prefix: string, i: number): string => `${prefix}-${i}`

export const publish = (prefix: string, i: number): Command => ({
  type: 'PublishListing',
  id: `publish-${prefix}-${i}`,
  listingId: listingIdOf(prefix, i),
  actor: { role: 'system', id: 'bench' },
  at: AT,
  listing: {
    id: listingIdOf(prefix, i),
    ownerId: 'owner-1',
    kind: 'stay',
    name: 'A stay',
    capacity: 1,
    maxGuests: 4,
    price: { amount: 10_000, currency: 'USD' },
    timeZone: 'UTC',
    confirmationPolicy: 'instant',
    ...DEFAULT_RULES,
  },
})

export function request(prefix: string, i: number, listing: number, night: number): RequestBooking {
  const id = `request-${prefix}-${i}`
  return {
    type: 'RequestBooking',
    id,
    listingId: listingIdOf(prefix, listing),
    bookingId: bookingIdOf(id),
    actor: { role: 'traveler', id: `traveler-${i % 97}` },
    at: AT,
    dialect: 'v1',
    request: {
      listingId: listingIdOf(prefix, listing),
      checkIn: addDays(START, night),
      checkOut: addDays(START, night + 1),
      guests: 2,
      quantity: 1,
      specialRequests: null,
      price: null,
      paymentMethod: null,
    },
  }
}
