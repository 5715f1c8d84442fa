import { describe, expect, it } from 'vitest'
import { given } from '../testing/given.ts'
import {
  became,
  BOOKING_ID,
  cancelled,
  created,
  flight,
  hotel,
  NOW,
  otherTraveler,
  pending,
  published,
  rejected,
  request,
  stay,
  withdrawn,
} from '../testing/samples.ts'
import { addDays } from '../civil.ts'
import type { Fact } from '../event.ts'
import { MAX_DAYS, MAX_UNIT_PRICE } from '../listing.ts'

const other = { ...pending, id: 'another-booking', travelerId: otherTraveler.id }

describe('requesting a booking', () => {
  it('creates a pending booking with the listing’s price', () => {
    given(published()).when(request()).gives(created())
  })

  it('keeps the special requests of the traveler', () => {
    given(published())
      .when(request({ guests: 4, specialRequests: 'A cot, please' }, { dialect: 'lab2' }))
      .books({ guests: 4, specialRequests: 'A cot, please', dialect: 'lab2' })
  })

  it('costs the price of each night and each room', () => {
    given(published(hotel))
      .when(request({ checkOut: '2026-12-04', quantity: 2 }))
      .books({ quantity: 2, price: { amount: 3 * 2 * 30_000, currency: 'EUR' } })
  })

  it('is refused when the listing was never published', () => {
    given().when(request()).refuses('unknown_listing', null, BOOKING_ID)
  })

  it('fails when the listing is withdrawn', () => {
    given(published(), withdrawn()).when(request()).fails('listing_withdrawn')
  })

  it('gives the booking to the sender of the command', () => {
    given(published())
      .when(request({}, { actor: otherTraveler }))
      .books({ travelerId: otherTraveler.id, ownerId: stay.ownerId })
  })

  it('uses the deciding listing even if the request names another', () => {
    given(published())
      .when(request({ listingId: 'elsewhere' }))
      .gives(created())
  })
})

const holdExpiry = (checkIn: string, timeZone: string, at = NOW) => {
  const details = { checkIn, checkOut: addDays(checkIn, 2) }
  const [fact] = given(published({ ...stay, timeZone })).when(request(details, { at })).facts
  return fact?.type === 'booking.created' ? fact.booking.holdExpiresAt : fact
}

describe('the hold', () => {
  it('lasts 24 hours', () => {
    expect(holdExpiry('2026-12-01', 'Europe/Lisbon')).toBe('2026-11-22T10:00:00.000Z')
  })

  it.each([
    ['UTC', '2026-11-22T00:00:00.000Z'],
    ['Asia/Kolkata', '2026-11-21T18:30:00.000Z'],
    ['America/New_York', '2026-11-22T05:00:00.000Z'],
  ])('ends at the start of the check-in day in %s', (timeZone, expiry) => {
    expect(holdExpiry('2026-11-22', timeZone)).toBe(expiry)
  })

  it('follows daylight saving changes', () => {
    // New York is at UTC-4 on the evening of 2026-10-31, and at UTC-5 from 2026-11-01 06:00Z.
    expect(holdExpiry('2026-11-01', 'America/New_York', '2026-10-31T20:00:00.000Z')).toBe('2026-11-01T04:00:00.000Z')
    expect(holdExpiry('2026-11-02', 'America/New_York', '2026-11-01T20:00:00.000Z')).toBe('2026-11-02T05:00:00.000Z')
  })

  it('ends at the first instant of a day without midnight', () => {
    expect(holdExpiry('2026-03-29', 'Atlantic/Azores', '2026-03-28T20:00:00.000Z')).toBe('2026-03-29T01:00:00.000Z')
  })

  it('has its full length when the check-in is past', () => {
    expect(holdExpiry('2025-12-01', 'Europe/Lisbon')).toBe('2026-11-22T10:00:00.000Z')
    expect(holdExpiry('0001-01-01', 'Europe/Lisbon')).toBe('2026-11-22T10:00:00.000Z')
  })

  it('has its full length when the check-in day has begun', () => {
    expect(holdExpiry('2026-11-21', 'UTC', '2026-11-21T00:00:00.000Z')).toBe('2026-11-22T00:00:00.000Z')
  })
})

describe('availability', () => {
  const booked = [published(), created(other)]

  it.each([
    ['the same nights', '2026-12-01', '2026-12-03'],
    ['the last night', '2026-12-02', '2026-12-04'],
    ['the first night', '2026-11-30', '2026-12-02'],
    ['a longer span around them', '2026-11-20', '2026-12-20'],
  ])('fails for %s', (_, checkIn, checkOut) => {
    given(...booked)
      .when(request({ checkIn, checkOut }))
      .fails('dates_unavailable')
  })

  it.each([
    ['the night before', '2026-11-30', '2026-12-01'],
    ['the night after', '2026-12-03', '2026-12-04'],
  ])('allows %s, because the check-out day is free', (_, checkIn, checkOut) => {
    given(...booked)
      .when(request({ checkIn, checkOut }))
      .books({ checkIn, checkOut })
  })

  it('counts every room of every booking', () => {
    const past = [published(hotel), created({ ...other, kind: 'hotel', quantity: 2 })]
    given(...past)
      .when(request({ quantity: 1 }))
      .books({ quantity: 1 })
    given(...past)
      .when(request({ quantity: 2 }))
      .fails('dates_unavailable')
  })

  it('fails for more rooms than the capacity', () => {
    given(published(hotel))
      .when(request({ quantity: 4 }))
      .fails('dates_unavailable')
  })

  it('ignores bookings that have ended', () => {
    const past = [cancelled, rejected].flatMap((booking) => [
      created({ ...pending, id: booking.status }),
      became({ ...booking, id: booking.status }),
    ])
    given(published(), ...past)
      .when(request())
      .gives(created())
  })
})

describe('a flight', () => {
  const departure = { checkIn: '2026-12-01', checkOut: null }

  it('is booked by its day of departure, for a price per seat', () => {
    given(published(flight))
      .when(request({ ...departure, quantity: 2 }))
      .books({ ...departure, quantity: 2, price: { amount: 60_000, currency: 'EUR' } })
  })

  it('must not have a check-out', () => {
    given(published(flight)).when(request()).fails('invalid_dates')
  })

  it('sells each seat once', () => {
    const full = created({ ...other, kind: 'flight', ...departure, quantity: 100 })
    given(published(flight), full).when(request(departure)).fails('dates_unavailable')
    given(published(flight), full)
      .when(request({ ...departure, checkIn: '2026-12-02' }))
      .books({ quantity: 1 })
  })
})

describe('an invalid request', () => {
  it.each([
    ['has no check-out', '2026-12-01', null],
    ['ends when it begins', '2026-12-01', '2026-12-01'],
    ['ends before it begins', '2026-12-03', '2026-12-01'],
    ['is too long', '2026-12-01', addDays('2026-12-01', MAX_DAYS + 1)],
    ['covers all of time', '0001-01-01', '9999-12-31'],
  ])('fails when it %s', (_, checkIn, checkOut) => {
    given(published()).when(request({ checkIn, checkOut })).fails('invalid_dates')
  })

  it('has price 0 and is decided quickly when its dates are invalid', () => {
    const endless = request({ checkIn: '0001-01-01', checkOut: '9999-12-31', quantity: 10_000 })
    const facts = given(published({ ...stay, price: { amount: MAX_UNIT_PRICE, currency: 'EUR' } })).when(endless).facts
    expect(facts).toMatchObject([{ booking: { price: { amount: 0 } } }])
  })

  it('succeeds at the maximum length', () => {
    const checkOut = addDays('2026-12-01', MAX_DAYS)
    given(published()).when(request({ checkOut })).books({ checkOut })
  })

  it('fails when it has too many guests', () => {
    given(published())
      .when(request({ guests: 5 }))
      .fails('too_many_guests')
    given(published())
      .when(request({ guests: 4 }))
      .books({ guests: 4 })
  })

  it.each([
    ['amount', { amount: 59_999, currency: 'EUR' }],
    ['currency', { amount: 60_000, currency: 'USD' }],
  ])('fails when it expects another %s', (_, price) => {
    given(published()).when(request({ price })).fails('price_mismatch')
  })

  it('succeeds when it expects the right price', () => {
    given(published())
      .when(request({ price: { amount: 60_000, currency: 'EUR' } }))
      .gives(created())
  })

  it('records the requested booking and the reason', () => {
    const failed = { ...pending, status: 'failed', reason: 'dates_unavailable', holdExpiresAt: null } as const
    given(published(), created(other)).when(request()).gives({
      type: 'booking.failed',
      bookingId: BOOKING_ID,
      previousStatus: null,
      reason: 'dates_unavailable',
      booking: failed,
    })
  })
})

describe('repeating a request', () => {
  it('is refused with the current booking', () => {
    given(published(), created()).when(request()).refuses('already_requested', pending)
    given(published(), created(), became(rejected)).when(request()).refuses('already_requested', rejected)
  })

  it('does not reveal the booking to another traveler', () => {
    given(published(), created())
      .when(request({}, { actor: otherTraveler }))
      .refuses('already_requested', null, pending.id)
  })

  it('is refused when the booking failed', () => {
    const [failed] = given(published(), created(other)).when(request()).facts as [Extract<Fact, { booking: unknown }>]
    given(published(), failed).when(request()).refuses('already_requested', failed.booking)
  })

  it('is refused when the booking is archived', () => {
    given(published()).archived(cancelled).when(request()).refuses('already_requested', cancelled)
  })
})

describe('an instant listing', () => {
  it('confirms a booking immediately', () => {
    const confirmed = { ...pending, status: 'confirmed', version: 2, holdExpiresAt: null } as const
    given(published({ ...stay, confirmationPolicy: 'instant' }))
      .when(request())
      .gives(created(), became(confirmed))
  })

  it('fails when the dates are taken', () => {
    given(published({ ...stay, confirmationPolicy: 'instant' }), created(other))
      .when(request())
      .fails('dates_unavailable')
  })
})
