import type { Client } from './system.ts'

/**
 * For tests: the id of a booking that failed because its nights were taken. The edge rejects a request for nights that it knows to
 * be taken, so rivals race until the decider has to refuse one of them.
 * @param newRequest a request for nights that no other test books
 */
export async function failedBooking(traveler: Client, newRequest: () => object): Promise<string> {
  for (;;) {
    const nights = newRequest()
    const rivals = Array.from({ length: 8 }, () => traveler('POST', '/v1/bookings', nights, { Prefer: 'wait=10' }))
    const lost = (await Promise.all(rivals)).find(({ body }) => body.code === 'dates_unavailable' && body.booking)
    if (lost) return lost.body.booking.id
  }
}
