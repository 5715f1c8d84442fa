import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { BookingRequest } from '#domain/booking.ts'
import { AirbnbNewProperty } from '#domain/dialects/airbnb.ts'
import { expectation, faultAt, faultsIn } from '#platform/faults.ts'
import { ListingChanges, ListingDraft } from '#domain/listing.ts'

const detailsOf = (schema: z.ZodType, value: unknown): string[] => {
  const { error } = schema.safeParse(value, { error: expectation })
  return faultsIn(error!, (path) => path.join('/')).map(({ detail }) => detail)
}

const INSTANT = '2030-12-01T10:00:00.000Z'
const draft = { name: 'A', maxGuests: 1, price: { amount: 1, currency: 'EUR' } }
const request = { listingId: 'listing-123', checkIn: '2030-12-01', checkOut: '2030-12-05', guests: 2 }

describe('a fault of a request', () => {
  it.each<[object | null, string]>([
    [{ guests: undefined }, 'guests is missing: it must be a number.'],
    [{ guests: '2' }, 'guests must be a number, not text.'],
    [{ guests: null }, 'guests must be a number, not null.'],
    [{ guests: true }, 'guests must be a number, not true.'],
    [{ guests: 1.5 }, 'guests must be a whole number, not 1.5.'],
    [{ guests: 0 }, 'guests must be at least 1.'],
    [{ guests: 1_001 }, 'guests must be at most 1000.'],
    [{ checkIn: undefined }, 'checkIn is missing: it must be a date such as 2030-12-01.'],
    [{ checkIn: '1.12.2030' }, 'checkIn must be a date such as 2030-12-01.'],
    [{ checkIn: [] }, 'checkIn must be a date such as 2030-12-01, not a list.'],
    [{ checkIn: {} }, 'checkIn must be a date such as 2030-12-01, not an object.'],
    [{ price: 300 }, 'price must be an object, not 300.'],
    [{ specialRequests: 4_000_056_655_665_556 }, 'specialRequests must be text, not a number.'],
    [{ price: { amount: 300, currency: 'usd' } }, 'price.currency must be a current ISO 4217 code such as EUR.'],
    [{ specialRequests: 'x'.repeat(1_001) }, 'specialRequests must be at most 1000 characters.'],
    [{ specialRequests: 'a\tb' }, 'specialRequests must not hold control or invisible characters, except line breaks.'],
    [{ rooms: 2 }, 'rooms is not a known field.'],
    [{ '': 2 }, 'The field without a name is not a known field.'],
    [null, 'The body must be an object, not null.'],
  ])('is described in one sentence: %j', (changes, sentence) => {
    expect(detailsOf(BookingRequest, changes && { ...request, ...changes })).toStrictEqual([sentence])
  })
})

it.each<[string, z.ZodType, unknown, string]>([
  ['nothing to change', ListingChanges, {}, 'The body must change something.'],
  ['a name of blanks', ListingChanges, { name: ' ' }, 'name must be text that is not empty.'],
  ['an unknown kind', ListingDraft, { ...draft, kind: 'tent' }, 'kind must be one of stay, hotel, flight, car.'],
  ['no price', AirbnbNewProperty, { propertyName: 'A', guests: 1 }, 'pricePerNight is missing: it must be a number.'],
  [
    'an invalid instant',
    z.object({ at: z.iso.datetime() }),
    { at: 'now' },
    `at must be an instant such as ${INSTANT}.`,
  ],
  ['a parameter that is no number', z.object({ limit: z.coerce.number() }), { limit: 'x' }, 'limit must be a number.'],
  [
    'a list that is too long',
    z.object({ ids: z.array(z.string()).max(1) }),
    { ids: ['a', 'b'] },
    'ids must be at most 1 long.',
  ],
  ['another word', z.object({ type: z.literal('a') }), { type: 'b' }, 'type must be a.'],
])('%s is described in one sentence', (_, schema, value, sentence) => {
  expect(detailsOf(schema, value)).toStrictEqual([sentence])
})

it('a fault names the field of its pointer', () => {
  expect(faultAt('/guests', 'must be at most 4')).toStrictEqual({
    pointer: '/guests',
    detail: 'guests must be at most 4.',
  })
})
