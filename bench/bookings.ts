import { randomUUID } from 'node:crypto'
import { addDays } from '#domain/civil.ts'
import type { DevKeys } from '../scripts/dev/keys.ts'

/** The bench books them in turn, so that no listing is booked out. */
const LISTINGS = 50

/** Publishes listings. Returns a function that books a night of a listing and rejects unless the booking is confirmed. */
export async function openBookings(edge: string, { sign }: DevKeys): Promise<(i: number) => Promise<void>> {
  const post = async (path: string, token: string, body: object): Promise<{ status: string }> => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json', prefer: 'wait=5' }
    const response = await fetch(edge + path, { method: 'POST', headers, body: JSON.stringify(body) })
    const text = await response.text()
    if (response.status !== 201) throw new Error(`${path}: ${response.status} ${text}`)
    return JSON.parse(text) as { status: string }
  }
  const owner = await sign({ role: 'owner', sub: 'owner-1' })
  const traveler = await sign({ role: 'traveler', sub: 'traveler-1' })
  const ids = Array.from({ length: LISTINGS }, () => `bench-${randomUUID()}`)
  const listing = { kind: 'stay', name: 'A stay', maxGuests: 4, confirmationPolicy: 'instant' }
  const price = { amount: 10_000, currency: 'USD' }
  for (const id of ids) await post('/v1/listings', owner, { id, ...listing, price })
  return async (i) => {
    const day = Math.floor(i / LISTINGS)
    const span = { checkIn: addDays('2031-01-01', day), checkOut: addDays('2031-01-01', day + 1) }
    const { status } = await post('/v1/bookings', traveler, { listingId: ids[i % LISTINGS], ...span, guests: 2 })
    if (status !== 'confirmed') throw new Error(`booking ${i} is ${status}`)
  }
}
