import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Status } from '../booking.ts'
import type { Command } from '../command.ts'
import { booking, commands, listing } from '../testing/arbitraries.ts'
import { forAll } from '../testing/for-all.ts'
import { decodesOrThrows, foreign, ours, received } from '../testing/messages.ts'
import { BOOKING_ID, NOW, owner, pending, rejected, request, stay, traveler } from '../testing/samples.ts'
import {
  airbnb,
  AirbnbNewProperty,
  AirbnbPropertyChanges,
  AirbnbRequest,
  decodeProperty,
  decodeBody,
  encodeBooking,
  encodeProperty,
} from './airbnb.ts'
import { decodeCommand, encodeCommand } from './registry.ts'

const ALIAS = '6d4b0e9c7a515f3e9c220d8f'

/** The document's `booking-created` message on `booking-requests`, with every key. */
const documented = {
  type: 'booking-created',
  bookingId: '507f1f77bcf86cd799439011',
  propertyId: '507f1f77bcf86cd799439012',
  propertyName: 'Luxury Beach Villa',
  travelerId: '507f1f77bcf86cd799439013',
  ownerId: '507f1f77bcf86cd799439014',
  checkIn: '2025-12-01T00:00:00.000Z',
  checkOut: '2025-12-05T00:00:00.000Z',
  guests: 4,
  totalPrice: 1200,
  timestamp: '2025-11-19T10:30:00.000Z',
}

describe('a request body', () => {
  const example = { propertyId: 'p-1', checkIn: '2025-12-01', checkOut: '2025-12-05', guests: 4, totalPrice: 1200 }

  it('decodes to a canonical request', () => {
    const { propertyId, checkIn, checkOut, guests, totalPrice } = documented
    expect(decodeBody(AirbnbRequest.parse({ propertyId, checkIn, checkOut, guests, totalPrice }))).toStrictEqual({
      listingId: propertyId,
      checkIn: '2025-12-01',
      checkOut: '2025-12-05',
      guests: 4,
      quantity: 1,
      specialRequests: null,
      price: null,
      paymentMethod: null,
    })
  })

  it.each(['2025-12-01', '2025-12-01T00:00', '2025-12-01T00:00:00Z', '2025-12-01T00:00:00.000+13:00'])(
    'accepts a day as a date or as a midnight: %s',
    (checkIn) => {
      expect(AirbnbRequest.parse({ ...example, checkIn }).checkIn).toBe('2025-12-01')
    },
  )

  it.each([
    ['a key of another document', { ...example, listing_id: 'p-1' }],
    ['no property id', { ...example, propertyId: undefined }],
    ['a day that does not exist', { ...example, checkIn: '2025-02-30T00:00:00.000Z' }],
    ['noon', { ...example, checkIn: '2025-12-01T12:00:00.000Z' }],
    ['no guests', { ...example, guests: 0 }],
    ['a negative price', { ...example, totalPrice: -1 }],
  ])('is rejected with %s', (_, body) => {
    expect(AirbnbRequest.safeParse(body).success).toBe(false)
  })
})

describe('an encoded request', () => {
  const inAirbnb = (details = {}) => request(details, { dialect: 'airbnb' })

  it('decodes to the original command', () => {
    forAll(commands.RequestBooking, (some) => {
      const command = { ...some, dialect: 'airbnb' } as Command
      expect(decodeCommand(received(encodeCommand(command)))).toStrictEqual(command)
    })
  })

  it("has the document's keys in the document's order, then the command", () => {
    const command = inAirbnb()
    const { key, value } = encodeCommand(command, { ownerId: owner.id, name: stay.name, price: 600 })
    expect(key).toBe(stay.id)
    expect(Object.keys(JSON.parse(value))).toStrictEqual([...Object.keys(documented), 'command'])
    expect(JSON.parse(value)).toStrictEqual({
      type: 'booking-created',
      bookingId: ALIAS,
      propertyId: stay.id,
      propertyName: stay.name,
      travelerId: traveler.id,
      ownerId: owner.id,
      checkIn: '2026-12-01T00:00:00.000Z',
      checkOut: '2026-12-03T00:00:00.000Z',
      guests: 2,
      totalPrice: 600,
      timestamp: NOW,
      command,
    })
  })

  it('has null in fields that the edge does not know', () => {
    const unknown = { propertyName: null, ownerId: null, totalPrice: null }
    expect(JSON.parse(encodeCommand(inAirbnb()).value)).toMatchObject(unknown)
  })

  it("has the document's headers", () => {
    const headers = new Map(encodeCommand(inAirbnb()).headers)
    expect([headers.get('event-type'), headers.get('timestamp')]).toStrictEqual(['RequestBooking', NOW])
  })
})

describe('a documented message from another producer', () => {
  it('decodes to a request by its traveler', () => {
    expect(decodeCommand(foreign(documented))).toStrictEqual({
      type: 'RequestBooking',
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      listingId: documented.propertyId,
      actor: { role: 'traveler', id: documented.travelerId },
      at: documented.timestamp,
      bookingId: documented.bookingId,
      dialect: 'airbnb',
      request: {
        listingId: documented.propertyId,
        checkIn: '2025-12-01',
        checkOut: '2025-12-05',
        guests: 4,
        quantity: 1,
        specialRequests: null,
        price: null,
        paymentMethod: null,
      },
    })
  })

  it('has one command id per booking id', () => {
    const idOf = (changes: object) => decodeCommand(foreign({ ...documented, ...changes })).id
    expect(idOf({ timestamp: '2025-11-20T10:30:00.000Z' })).toBe(idOf({}))
    expect(idOf({ bookingId: '507f1f77bcf86cd799439099' })).not.toBe(idOf({}))
  })

  it('cannot smuggle in a command', () => {
    const command = request({}, { actor: { role: 'system', id: 'trojan' } })
    expect(decodeCommand(foreign({ ...documented, command }))).toStrictEqual(decodeCommand(foreign(documented)))
    expect(() => decodeCommand(ours(documented))).toThrow('command')
  })

  it.each([
    ['a message from another producer', foreign, documented],
    [
      'a message with our source',
      ours,
      JSON.parse(encodeCommand(request({}, { dialect: 'airbnb' })).value) as typeof documented,
    ],
  ])('%s with one replaced part decodes to a valid command or throws', (_, message, body) =>
    decodesOrThrows(message, body),
  )

  it('an incomplete booking-created message throws', () => {
    forAll(fc.dictionary(fc.string(), fc.jsonValue()), (some) => {
      expect(() => decodeCommand(foreign({ ...some, type: 'booking-created' }))).toThrow()
    })
  })
})

describe('an encoded booking', () => {
  it('has camelCase keys, midnights and a price in major units', () => {
    expect(encodeBooking(pending, stay.name)).toStrictEqual({
      bookingId: ALIAS,
      propertyId: stay.id,
      propertyName: stay.name,
      travelerId: traveler.id,
      ownerId: owner.id,
      checkIn: '2026-12-01T00:00:00.000Z',
      checkOut: '2026-12-03T00:00:00.000Z',
      guests: 2,
      totalPrice: 600,
      status: 'PENDING',
      reason: null,
      createdAt: NOW,
      updatedAt: NOW,
      id: BOOKING_ID,
    })
  })

  it('gives the reason', () => {
    const encoded = encodeBooking({ ...rejected, reason: 'The roof leaks' }, null)
    expect(encoded).toMatchObject({ status: 'CANCELLED', reason: 'The roof leaks' })
  })

  it('keeps an id that another system gave it', () => {
    const { bookingId } = documented
    expect(encodeBooking({ ...pending, id: bookingId }, null)).toMatchObject({ bookingId, id: bookingId })
  })

  it.each([
    ['pending', 'PENDING'],
    ['accepted', 'ACCEPTED'],
    ['confirmed', 'ACCEPTED'],
    ['completed', 'ACCEPTED'],
    ['rejected', 'CANCELLED'],
    ['expired', 'CANCELLED'],
    ['cancelled', 'CANCELLED'],
    ['failed', 'CANCELLED'],
  ] as const)('maps status %s to %s', (status, word) => {
    expect(encodeBooking({ ...pending, status }, null).status).toBe(word)
  })

  it('exists for every booking and survives JSON', () => {
    forAll(booking, (some) => {
      const encoded = encodeBooking(some, null)
      expect(encoded.bookingId).toBe(airbnb.aliasOf(some.id) ?? some.id)
      expect(JSON.parse(JSON.stringify(encoded))).toStrictEqual(encoded)
    })
    expect(Status.options).toHaveLength(8)
  })

  it('a property uses the same names as a booking', () => {
    expect(encodeProperty(stay)).toStrictEqual({
      propertyId: stay.id,
      propertyName: stay.name,
      ownerId: owner.id,
      guests: 4,
      pricePerNight: 300,
      currency: 'EUR',
    })
  })
})

describe('a property body', () => {
  const villa = { propertyName: 'Villa', guests: 4, pricePerNight: 300.5 }

  it('decodes to listing details, exact to the cent, in US dollars by default', () => {
    expect(decodeProperty(AirbnbNewProperty.parse(villa))).toStrictEqual({
      name: 'Villa',
      maxGuests: 4,
      price: { amount: 30_050, currency: 'USD' },
    })
  })

  it('decodes every encoded listing to the original', () => {
    forAll(listing, (some) => {
      const { propertyName, guests, pricePerNight, currency, propertyId } = encodeProperty(some)
      const encoded = AirbnbNewProperty.parse({ propertyId, propertyName, guests, pricePerNight, currency })
      const { name, maxGuests, price } = some
      expect(decodeProperty(encoded)).toStrictEqual({ name, maxGuests, price })
    })
  })

  it.each([
    ['a blank name', { propertyName: ' ' }],
    ['no guests', { guests: 0 }],
    ['an unknown currency', { currency: 'ABC' }],
    ['a withdrawn currency', { currency: 'DEM' }],
    ['an invalid currency', { currency: '€' }],
    ['a negative price', { pricePerNight: -1 }],
  ])('is rejected with %s', (_, changes) => {
    expect(AirbnbPropertyChanges.safeParse({ ...villa, ...changes }).success).toBe(false)
    expect(AirbnbNewProperty.safeParse({ ...villa, ...changes }).success).toBe(false)
  })

  it.each([
    ['half a cent', { pricePerNight: 300.505 }],
    ['half a yen', { pricePerNight: 300.5, currency: 'JPY' }],
    ['a price above the limit', { pricePerNight: 20_000_000.01 }],
  ])('does not decode with %s', (_, changes) => {
    expect(decodeProperty(AirbnbNewProperty.parse({ ...villa, ...changes }))).toBeNull()
  })

  it('takes back what a read returned', () => {
    forAll(listing, (some) => {
      const encoded = encodeProperty(some)
      expect(AirbnbPropertyChanges.parse(encoded)).toStrictEqual(encoded)
    })
  })
})
