import { describe, expect, it } from 'vitest'
import { addDays } from '../civil.ts'
import { Event } from '../event.ts'
import { MAX_DAYS, MAX_UNIT_PRICE } from '../listing.ts'
import { given } from '../testing/given.ts'
import {
  became,
  BOOKING_ID,
  bookingEvent,
  cancelled,
  change,
  changed,
  created,
  flight,
  hotel,
  pending,
  published,
  request,
  stay,
} from '../testing/samples.ts'
import { decide } from './decide.ts'
import { MAX_BOOKING_TEXT, MAX_LIVE_BOOKINGS, MAX_TAKEN_DAYS } from './request.ts'
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

describe('the limit of text in the bookings of a listing', () => {
  const departure = { checkIn: '2026-12-01', checkOut: null } as const
  const one = [published({ ...flight, capacity: 10_000 }), created({ ...pending, ...departure })].reduce(
    evolve,
    unpublished,
  )
  const specialRequests = 'x'.repeat(1_000)
  const held = { ...one.bookings.get(BOOKING_ID)!, travelerId: '', specialRequests }
  const withBookings = (count: number) => ({
    ...one,
    bookings: new Map(Array.from({ length: count }, (_, n) => [`booking-${n}`, held])),
  })
  const most = MAX_BOOKING_TEXT / specialRequests.length
  const next = request({ ...departure, specialRequests }, { bookingId: 'one-more' })

  it('is enforced', () => {
    expect(decide(next, withBookings(most))).toMatchObject([{ type: 'booking.failed', reason: 'too_many_bookings' }])
    expect(decide(next, withBookings(most - 2))).toMatchObject([{ type: 'booking.created' }])
  })

  it('does not count bookings that have ended', () => {
    const state = withBookings(most)
    const cancelledOnes = [...state.bookings.keys()].slice(0, 2)
    const ended = { ...held, status: 'cancelled' } as const
    const bookings = new Map([...state.bookings, ...cancelledOnes.map((id) => [id, ended] as const)])
    expect(decide(next, { ...state, bookings })).toMatchObject([{ type: 'booking.created' }])
  })
})

it('bookings of one listing can take a limited number of days', () => {
  const state = [published({ ...stay, capacity: 2 })].reduce(evolve, unpublished)
  const taken = (count: number) => new Map(Array.from({ length: count }, (_, n) => [addDays('2030-01-01', n), 1]))
  const nights = request({ checkIn: '2029-01-01', checkOut: '2029-01-03' })
  const full = { ...state, taken: taken(MAX_TAKEN_DAYS - 1) }
  expect(decide(nights, full)).toMatchObject([{ type: 'booking.failed', reason: 'too_many_bookings' }])
  const fits = { ...state, taken: taken(MAX_TAKEN_DAYS - 2) }
  expect(decide(nights, fits)).toMatchObject([{ type: 'booking.created' }])
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
    .gives(changed(stay))
})
