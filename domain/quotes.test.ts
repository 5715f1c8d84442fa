import { describe, expect, test } from 'vitest'
import type { CancellationPolicy } from './cancellation.ts'
import { DEFAULT_RULES } from './listing.ts'
import { type ListingState, unpublished } from './listing/state.ts'
import { quoteCancellation, quoteRequest } from './quotes.ts'
import { cancel, confirmed, created, flight, pending, published, request, stay } from './testing/samples.ts'
import { decide } from './listing/decide.ts'
import { evolve } from './listing/state.ts'
import { UNPAID } from './payment.ts'

const LISBON = { timeZone: 'Europe/Lisbon' }

describe('a cancellation quote', () => {
  test.each<[CancellationPolicy, string, number, number, number]>([
    ['flexible', '2026-11-29T23:59:59.999Z', 100, 60_000, 0],
    ['flexible', '2026-11-30T00:00:00.000Z', 0, 0, 60_000],
    ['firm', '2026-11-20T00:00:00.000Z', 50, 30_000, 30_000],
    ['non-refundable', '2026-11-20T00:00:00.000Z', 0, 0, 60_000],
  ])('of a traveler under %s at %s gives back %i percent', (cancellationPolicy, at, percent, refund, fee) => {
    const quote = quoteCancellation({ ...confirmed, cancellationPolicy }, LISBON, 'traveler', at)
    expect(quote).toMatchObject({ percent, refund: { amount: refund, currency: 'EUR' }, fee: { amount: fee } })
  })

  test.each(['owner', 'admin'] as const)('of an %s gives everything back', (role) => {
    const strict = { ...confirmed, cancellationPolicy: 'non-refundable' as const }
    expect(quoteCancellation(strict, LISBON, role, '2026-11-30T12:00:00.000Z')).toMatchObject({ percent: 100 })
  })

  test.each(['pending', 'accepted'] as const)('of a booking that is %s gives everything back', (status) => {
    const early = { ...pending, status, cancellationPolicy: 'non-refundable' as const }
    const quote = quoteCancellation(early, LISBON, 'traveler', '2026-11-30T12:00:00.000Z')
    expect(quote).toMatchObject({ percent: 100, refund: { amount: 60_000 }, fee: { amount: 0 }, terms: [] })
  })

  test.each([
    ['that its listing had at the request', 'America/New_York'],
    ['of its listing, if an older booking does not name one', null],
  ])('ends its terms at midnight in the time zone %s', (_, timeZone) => {
    const listing = { timeZone: timeZone ? 'Asia/Tokyo' : 'America/New_York' }
    const { terms } = quoteCancellation({ ...confirmed, timeZone }, listing, 'traveler', confirmed.createdAt)
    expect(terms).toEqual([{ until: '2026-11-30T05:00:00.000Z', percent: 100 }])
  })

  test('is what the decider gives back', () => {
    const paid = {
      ...confirmed,
      payment: { ...UNPAID, status: 'captured' as const },
      cancellationPolicy: 'firm' as const,
    }
    const state = [published(), created(paid)].reduce(evolve, unpublished)
    const at = '2026-11-20T00:00:00.000Z'
    const [fact] = decide(cancel({ at }), state)
    const { refund } = quoteCancellation(paid, stay, 'traveler', at)
    expect(fact).toMatchObject({ booking: { payment: { refundDue: refund.amount } } })
  })
})

describe('a quote of a request', () => {
  const state: ListingState = { ...unpublished, listing: stay }

  test('has the price, the nights and the terms', () => {
    const { quote, failure } = quoteRequest(request(), state, stay)
    expect(failure).toBeNull()
    expect(quote).toMatchObject({
      nights: 2,
      quantity: 1,
      unitPrice: { amount: 30_000, currency: 'EUR' },
      price: { amount: 60_000, currency: 'EUR' },
      cancellationPolicy: DEFAULT_RULES.cancellationPolicy,
      terms: [{ until: '2026-11-30T00:00:00.000Z', percent: 100 }],
    })
  })

  test('of a flight counts a unit for each guest', () => {
    const { quote } = quoteRequest(request({ checkOut: null, guests: 3, quantity: null }), state, flight)
    expect(quote).toMatchObject({ nights: 1, quantity: 3, price: { amount: 90_000 } })
  })

  test('has the failure of the decider', () => {
    const taken = { ...state, taken: new Map([['2026-12-02', 1]]) }
    expect(quoteRequest(request(), taken, stay).failure).toMatchObject({ reason: 'dates_unavailable' })
    expect(quoteRequest(request({ guests: 9 }), state, stay).failure).toMatchObject({ reason: 'too_many_guests' })
  })
})
