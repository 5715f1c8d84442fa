import { describe, expect, it } from 'vitest'
import { MAX_DAYS } from '../booking.ts'
import { addDays } from '../civil.ts'
import { Event } from '../event.ts'
import { MAX_UNIT_PRICE } from '../listing.ts'
import { given } from '../testing/given.ts'
import {
  became,
  BOOKING_ID,
  bookingEvent,
  cancelled,
  change,
  created,
  flight,
  hotel,
  pending,
  published,
  request,
  stay,
} from '../testing/samples.ts'
import { decide } from './decide.ts'
import { MAX_LIVE_BOOKINGS } from './request.ts'
import { unpublished, evolve } from './state.ts'

describe('two bookings with a common alias', () => {
  const otherDates = { checkIn: '2027-01-01', checkOut: '2027-01-02' }
  const first24 = `${BOOKING_ID.slice(0, 28)}ffffffff`
  const last16 = `00000000-0000-5000${BOOKING_ID.slice(18)}`

  it.each([
    ['24 hex digits', first24],
    ['53 bits', last16],
  ])('cannot both exist: the second fails when the %s of its alias are taken', (_, id) => {
    given(published(), created({ ...pending, id }))
      .when(request(otherDates))
      .fails('alias_taken')
  })

  it('a booking is accepted when one digit of each alias differs', () => {
    const id = `${BOOKING_ID.slice(0, 27)}0${BOOKING_ID.slice(28)}`
    given(published(), created({ ...pending, id }))
      .when(request(otherDates))
      .books(otherDates)
  })
})

describe('the limit of live bookings', () => {
  const departure = { checkIn: '2026-12-01', checkOut: null } as const
  const one = [published({ ...flight, capacity: 10_000 }), created({ ...pending, ...departure })].reduce(
    evolve,
    unpublished,
  )
  const held = one.bookings.get(BOOKING_ID)!
  const full = {
    ...one,
    bookings: new Map(Array.from({ length: MAX_LIVE_BOOKINGS }, (_, n) => [`booking-${n}`, held])),
  }
  const next = request(departure, { bookingId: 'one-more' })

  it('is enforced', () => {
    expect(decide(next, full)).toMatchObject([{ type: 'booking.failed', reason: 'too_many_bookings' }])
  })

  it('does not count bookings that have ended', () => {
    const oneEnded = evolve(full, became({ ...cancelled, ...departure, id: 'booking-7' }))
    expect(decide(next, oneEnded)).toMatchObject([{ type: 'booking.created' }])
  })
})

it('the event of the most expensive possible booking is valid', () => {
  const mostExpensive = { ...hotel, capacity: 10_000, price: { amount: MAX_UNIT_PRICE, currency: 'EUR' } }
  const checkOut = addDays(pending.checkIn, MAX_DAYS)
  const [fact] = given(published(mostExpensive)).when(request({ quantity: 10_000, checkOut })).facts
  const event = { ...bookingEvent(pending), ...fact }
  expect(event.type).toBe('booking.created')
  expect(Event.parse(event)).toStrictEqual(event)
})

it('a booking of several centuries can be decided', () => {
  const centuries = { ...pending, checkIn: '2026-12-01', checkOut: '2626-12-01' }
  given(published({ ...stay, capacity: 2 }), created(centuries))
    .when(change({ capacity: 1 }))
    .gives({ type: 'listing.changed', listing: stay })
})
