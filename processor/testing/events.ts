import type { Event } from '#domain/event.ts'

/** For tests: the `n`th event of a listing, which confirms the booking `b<n>` of a traveler. */
export function eventOf(n: number, travelerId = 't1'): Event {
  const at = '2026-11-21T10:00:00.000Z'
  const dates = { checkIn: '2027-01-01', checkOut: '2027-01-02', createdAt: at, updatedAt: at, holdExpiresAt: null }
  const who = { id: `b${n}`, listingId: 'l1', ownerId: 'o1', travelerId }
  const rest = {
    kind: 'stay',
    guests: 1,
    quantity: 1,
    specialRequests: null,
    cancellationPolicy: 'flexible',
    payment: null,
    paymentMethod: null,
    endsAt: null,
    remindedAt: null,
    timeZone: null,
    reason: null,
    version: 2,
    dialect: 'v1',
  } as const
  return {
    type: 'booking.confirmed',
    id: `c${n}:0`,
    seq: n,
    listingId: 'l1',
    at,
    actor: { role: 'owner', id: 'o1' },
    command: { id: `c${n}`, type: 'AcceptBooking', partition: 0, offset: n, events: 1 },
    bookingId: `b${n}`,
    previousStatus: 'pending',
    reason: null,
    booking: { ...who, ...dates, ...rest, price: { amount: 1, currency: 'EUR' }, status: 'confirmed' },
  }
}
