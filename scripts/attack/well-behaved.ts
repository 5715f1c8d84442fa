/** The client that the attacks must not harm: it books and reads its booking, again and again. */
import { randomUUID } from 'node:crypto'
import { addDays } from '#domain/civil.ts'
import { pause } from '#platform/deadline.ts'
import type { Target } from './target.ts'

export interface Behavior {
  /** Milliseconds of each request that succeeded. */
  samples: number[]
  /** What the others answered. */
  failures: string[]
}

export interface WellBehaved {
  /** Works for so long. */
  work: (forMs: number) => Promise<Behavior>
}

const PAUSE_MS = 20
const REQUEST_LIMIT_MS = 10_000
const FIRST_NIGHT = '2031-01-01'

export async function wellBehaved({ urls: { edge }, token }: Pick<Target, 'urls' | 'token'>): Promise<WellBehaved> {
  const [owner, traveler] = await Promise.all([token('owner', 'calm-owner'), token('traveler', 'calm-traveler')])
  const call = async (bearer: string, method: string, path: string, body?: object) => {
    const response = await fetch(edge + path, {
      method,
      headers: {
        Authorization: `Bearer ${bearer}`,
        'Content-Type': 'application/json',
        'Idempotency-Key': randomUUID(),
      },
      signal: AbortSignal.timeout(REQUEST_LIMIT_MS),
      ...(body && { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${path} returned ${response.status}: ${text.slice(0, 200)}`)
    return JSON.parse(text) as { id: string }
  }
  const listing = await call(owner, 'POST', '/v1/listings', {
    name: 'Calm Cabin',
    kind: 'stay',
    price: { amount: 10_000, currency: 'USD' },
    capacity: 1,
    maxGuests: 2,
    timeZone: 'UTC',
  })
  let night = 0

  async function once(): Promise<void> {
    const dates = { checkIn: addDays(FIRST_NIGHT, night), checkOut: addDays(FIRST_NIGHT, ++night) }
    const { id } = await call(traveler, 'POST', '/v1/bookings', { listingId: listing.id, guests: 1, ...dates })
    await call(traveler, 'GET', `/v1/bookings/${id}`)
  }

  async function work(forMs: number): Promise<Behavior> {
    const behavior: Behavior = { samples: [], failures: [] }
    const end = performance.now() + forMs
    while (performance.now() < end) {
      const started = performance.now()
      try {
        await once()
        behavior.samples.push(performance.now() - started)
      } catch (error) {
        behavior.failures.push((error as Error).message)
      }
      await pause(PAUSE_MS)
    }
    return behavior
  }
  return { work }
}
