import * as fc from 'fast-check'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { Status } from '../booking.ts'
import type { Command } from '../command.ts'
import { notificationOf } from '../notification.ts'
import { notify } from '../reactions/notify.ts'
import { commands } from '../testing/arbitraries.ts'
import { forAll } from '../testing/for-all.ts'
import { decodesOrThrows, foreign, ours, received } from '../testing/messages.ts'
import {
  accept,
  BOOKING_ID,
  bookingEvent,
  confirmed,
  LATER,
  NOW,
  owner,
  pending,
  rejected,
  request,
  stay,
  traveler,
} from '../testing/samples.ts'
import { decodeCommand, encodeCommand } from './registry.ts'
import { decodeBody, encodeBooking, encodeNotification, Lab2Request } from './lab2.ts'

/** The document's `booking_created` message on `booking-requests`, with every key. */
const documented = {
  event_type: 'booking_created',
  event_id: '0a6f2a51-91f4-4c63-9d0e-5b8c0e6f7a11',
  timestamp: '2025-11-20T09:30:00Z',
  booking_id: '7c9e6679-7425-40de-944b-e07fc1f90ae7',
  listing_id: 'listing-123',
  guest_id: 'guest-9',
  host_id: 'host-4',
  check_in: '2025-12-01',
  check_out: '2025-12-05',
  total_price: 480.5,
  status: 'pending',
  metadata: { guest_count: 2, special_requests: 'A cot' },
}

describe('a request body', () => {
  const example = { listing_id: 'listing-123', check_in: '2025-12-01', check_out: '2025-12-05', guest_count: 2 }

  it('is accepted in the form of the documented curl', () => {
    expect(decodeBody(Lab2Request.parse(example))).toStrictEqual({
      listingId: 'listing-123',
      checkIn: '2025-12-01',
      checkOut: '2025-12-05',
      guests: 2,
      quantity: 1,
      specialRequests: null,
      price: null,
      paymentMethod: null,
    })
  })

  it('may have special requests', () => {
    expect(decodeBody({ ...example, special_requests: 'A cot' }).specialRequests).toBe('A cot')
  })

  it.each([
    ['a key of another document', { ...example, property_id: 1 }],
    ['no listing id', { ...example, listing_id: undefined }],
    ['a day that does not exist', { ...example, check_in: '2025-02-30' }],
    ['no guests', { ...example, guest_count: 0 }],
    ['half a guest', { ...example, guest_count: 1.5 }],
  ])('is rejected with %s', (_, body) => {
    expect(Lab2Request.safeParse(body).success).toBe(false)
  })
})

describe('an encoded command', () => {
  it.each(Object.entries<fc.Arbitrary<Command>>(commands))('decodes to the original: %s', (_, some) => {
    forAll(some, (command) => {
      expect(decodeCommand(received(encodeCommand(command)))).toStrictEqual(command)
    })
  })

  it('of type RequestBooking has every documented key, and the whole command in one more', () => {
    const { key, value } = encodeCommand(request({ specialRequests: 'A cot' }), {
      ownerId: owner.id,
      name: stay.name,
      price: 600,
    })
    const { command, ...body } = JSON.parse(value) as Record<string, unknown>
    expect(key).toBe(stay.id)
    expect(command).toStrictEqual(request({ specialRequests: 'A cot' }))
    expect(body).toStrictEqual({
      event_type: 'booking_created',
      event_id: 'command-1',
      timestamp: NOW,
      booking_id: BOOKING_ID,
      listing_id: stay.id,
      guest_id: traveler.id,
      host_id: owner.id,
      check_in: '2026-12-01',
      check_out: '2026-12-03',
      total_price: 600,
      status: 'pending',
      metadata: { guest_count: 2, special_requests: 'A cot' },
    })
    expect(Object.keys(body).toSorted()).toStrictEqual(Object.keys(documented).toSorted())
  })

  it('of type RequestBooking has null in fields that the edge does not know', () => {
    expect(JSON.parse(encodeCommand(request()).value)).toMatchObject({ host_id: null, total_price: null })
  })

  it.each(Object.keys(commands).filter((type) => type !== 'RequestBooking'))(
    'of type %s has an event_type that no document uses',
    (type) => {
      const [command] = fc.sample<Command>(commands[type as Command['type']], 1)
      expect(JSON.parse(encodeCommand(command!).value)).toMatchObject({
        event_type: type,
        listing_id: command!.listingId,
      })
    },
  )
})

describe('a documented message from another producer', () => {
  it('decodes to a request by its guest', () => {
    expect(decodeCommand(foreign(documented))).toStrictEqual({
      type: 'RequestBooking',
      id: '141b6201-4224-55d0-8678-cc9d1dae2683',
      listingId: 'listing-123',
      actor: { role: 'traveler', id: 'guest-9' },
      at: '2025-11-20T09:30:00.000Z',
      bookingId: documented.booking_id,
      dialect: 'lab2',
      request: {
        listingId: 'listing-123',
        checkIn: '2025-12-01',
        checkOut: '2025-12-05',
        guests: 2,
        quantity: 1,
        specialRequests: 'A cot',
        price: null,
        paymentMethod: null,
      },
    })
  })

  it.each([{ event_id: 'e-2' }, { listing_id: 'loft' }, { guest_id: 'guest-8' }])(
    'is another command with another key: %j',
    (changes) => {
      expect(decodeCommand(foreign({ ...documented, ...changes })).id).not.toBe(decodeCommand(foreign(documented)).id)
    },
  )

  it('cannot choose a booking id that our edge may have given', () => {
    for (const booking_id of [BOOKING_ID, BOOKING_ID.toUpperCase(), BOOKING_ID.replaceAll('-', '')])
      expect(() => decodeCommand(foreign({ ...documented, booking_id }))).toThrow('UUID of version 5')
  })

  it('may omit optional keys and have unknown ones', () => {
    const { host_id, total_price, status, ...needed } = documented
    expect(decodeCommand(foreign({ ...needed, metadata: {}, sender: 'app.py' }))).toMatchObject({
      request: { guests: 1, specialRequests: null },
    })
    expect([host_id, total_price, status]).toStrictEqual(['host-4', 480.5, 'pending'])
  })

  it.each([
    ['at its own UTC offset', '2025-11-20T10:30:00+01:00', '2025-11-20T09:30:00.000Z'],
    ['as UTC if it has no offset, as Python writes it', '2025-11-20T09:30:00.123456', '2025-11-20T09:30:00.123Z'],
  ])('has its timestamp read %s', (_, timestamp, at) => {
    expect(decodeCommand(foreign({ ...documented, timestamp })).at).toBe(at)
  })

  it('has the same timestamp in every local time zone', () => {
    vi.stubEnv('TZ', 'America/New_York')
    onTestFinished(() => void vi.unstubAllEnvs())
    const timestamp = '2025-11-20T09:30:00'
    expect(new Date(timestamp).toISOString()).toBe('2025-11-20T14:30:00.000Z')
    expect(decodeCommand(foreign({ ...documented, timestamp })).at).toBe('2025-11-20T09:30:00.000Z')
  })

  it.each(['12345', '+012345-01-01T00:00:00Z', '9999-12-31T23:59:59-23:00', 'Nov 20 2025', 'yesterday'])(
    'throws when its timestamp is %s',
    (timestamp) => {
      expect(() => decodeCommand(foreign({ ...documented, timestamp }))).toThrow()
    },
  )

  it('cannot smuggle in a command', () => {
    const command = accept({ actor: { role: 'system', id: 'trojan' } })
    expect(decodeCommand(foreign({ ...documented, command }))).toStrictEqual(decodeCommand(foreign(documented)))
    expect(() => decodeCommand(foreign({ event_type: 'AcceptBooking', command }))).toThrow(
      'not a booking request of any known document',
    )
    expect(() => decodeCommand({ ...received(encodeCommand(accept())), headers: new Map() })).toThrow(
      'not a booking request of any known document',
    )
  })

  it('throws if it has our source but no command', () => {
    expect(() => decodeCommand(ours(documented))).toThrow('command')
  })
})

describe('any other message', () => {
  it.each([
    ['from another producer', foreign],
    ['with our source', ours],
  ])('throws: any JSON %s', (_, message) => {
    forAll(fc.jsonValue(), (body) => {
      expect(() => decodeCommand(message(body))).toThrow()
    })
  })

  it.each([null, '', 'null', '[]', '{', 'booking_created', '\u0000', '{"__proto__": {"command": {}}}'])(
    'throws: %j',
    (value) => {
      expect(() => decodeCommand({ value, headers: new Map() })).toThrow()
      expect(() => decodeCommand({ ...ours({}), value })).toThrow()
    },
  )

  it.each([
    ['a documented message', foreign, documented],
    ['our message', ours, JSON.parse(encodeCommand(request()).value) as typeof documented],
  ])('decodes to a valid command or throws: %s with one replaced part', (_, message, body) =>
    decodesOrThrows(message, body),
  )
})

describe('an encoded booking', () => {
  it('has snake_case keys and a price in major units', () => {
    expect(encodeBooking({ ...pending, specialRequests: 'A cot' })).toStrictEqual({
      booking_id: BOOKING_ID,
      listing_id: stay.id,
      guest_id: traveler.id,
      host_id: owner.id,
      check_in: '2026-12-01',
      check_out: '2026-12-03',
      total_price: 600,
      status: 'pending',
      message: null,
      metadata: { guest_count: 2, special_requests: 'A cot' },
      created_at: NOW,
      updated_at: NOW,
    })
  })

  it('gives the reason', () => {
    expect(encodeBooking({ ...rejected, reason: 'The roof leaks' })).toMatchObject({
      status: 'cancelled',
      message: 'The roof leaks',
      updated_at: LATER,
    })
  })

  it.each([
    ['pending', 'pending'],
    ['accepted', 'pending'],
    ['confirmed', 'confirmed'],
    ['completed', 'confirmed'],
    ['rejected', 'cancelled'],
    ['expired', 'cancelled'],
    ['cancelled', 'cancelled'],
    ['failed', 'cancelled'],
  ] as const)('maps status %s to %s', (status, documentedStatus) => {
    expect(encodeBooking({ ...pending, status }).status).toBe(documentedStatus)
  })

  it('has only the three documented statuses', () => {
    const statuses = Status.options.map((status) => encodeBooking({ ...pending, status }).status)
    expect(new Set(statuses)).toStrictEqual(new Set(['pending', 'confirmed', 'cancelled']))
  })

  it('a notification has snake_case keys', () => {
    const [notification] = notify(bookingEvent(confirmed)).map(notificationOf)
    const encoded = encodeNotification(notification!)
    expect(encoded).toStrictEqual({
      id: 'command-2:0:traveler',
      booking_id: BOOKING_ID,
      type: 'booking.confirmed',
      title: 'Booking confirmed',
      message: 'Your booking for 2026-12-01 to 2026-12-03 is confirmed.',
      read: false,
      created_at: LATER,
    })
    expect(encodeNotification({ ...notification!, readAt: LATER }).read).toBe(true)
  })
})
