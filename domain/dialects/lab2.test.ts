import * as fc from 'fast-check'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { Status } from '../booking.ts'
import { Command } from '../command.ts'
import type { Envelope, Received } from '../envelope.ts'
import { notify } from '../policies/notify.ts'
import { commands } from '../testing/arbitraries.ts'
import { attempt, damaged, type Json, pathsOf } from '../testing/damage.ts'
import { forAll } from '../testing/for-all.ts'
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

const received = ({ value, headers }: Envelope): Received => ({ value, headers: new Map(headers) })
const foreign = (body: unknown): Received => ({ value: JSON.stringify(body), headers: new Map() })
const ours = (body: unknown): Received => ({ ...received(encodeCommand(request())), value: JSON.stringify(body) })

/** `booking_created` on `booking-requests`, key by key as the document has it. */
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

describe('the body of a request', () => {
  const example = { listing_id: 'listing-123', check_in: '2025-12-01', check_out: '2025-12-05', guest_count: 2 }

  it('is the one of the documented curl', () => {
    expect(decodeBody(Lab2Request.parse(example))).toStrictEqual({
      listingId: 'listing-123',
      checkIn: '2025-12-01',
      checkOut: '2025-12-05',
      guests: 2,
      quantity: 1,
      specialRequests: null,
      price: null,
    })
  })

  it('may ask for something special', () => {
    expect(decodeBody({ ...example, special_requests: 'A cot' }).specialRequests).toBe('A cot')
  })

  it.each([
    ['a key of another document', { ...example, property_id: 1 }],
    ['no listing', { ...example, listing_id: undefined }],
    ['a day that there is not', { ...example, check_in: '2025-02-30' }],
    ['nobody', { ...example, guest_count: 0 }],
    ['half a guest', { ...example, guest_count: 1.5 }],
  ])('is not valid with %s', (_, body) => {
    expect(Lab2Request.safeParse(body).success).toBe(false)
  })
})

describe('a command on the log', () => {
  it.each(Object.entries<fc.Arbitrary<Command>>(commands))('comes back as it went: %s', (_, some) => {
    forAll(some, (command) => {
      expect(decodeCommand(received(encodeCommand(command)))).toStrictEqual(command)
    })
  })

  it('that requests has every documented key in its documented form, and the command beside them', () => {
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

  it('that requests has null for what the edge could not find out', () => {
    expect(JSON.parse(encodeCommand(request()).value)).toMatchObject({ host_id: null, total_price: null })
  })

  it.each(Object.keys(commands).filter((type) => type !== 'RequestBooking'))(
    'of type %s bears a name that no documented consumer knows',
    (type) => {
      const [command] = fc.sample<Command>(commands[type as Command['type']], 1)
      expect(JSON.parse(encodeCommand(command!).value)).toMatchObject({
        event_type: type,
        listing_id: command!.listingId,
      })
    },
  )
})

describe('a documented message from elsewhere', () => {
  it('is a request of its guest', () => {
    expect(decodeCommand(foreign(documented))).toStrictEqual({
      type: 'RequestBooking',
      id: documented.event_id,
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
      },
    })
  })

  it('may lack what it does not need, and have more', () => {
    const { host_id, total_price, status, ...needed } = documented
    expect(decodeCommand(foreign({ ...needed, metadata: {}, sender: 'app.py' }))).toMatchObject({
      request: { guests: 1, specialRequests: null },
    })
    expect([host_id, total_price, status]).toStrictEqual(['host-4', 480.5, 'pending'])
  })

  it.each([
    ['with its offset', '2025-11-20T10:30:00+01:00', '2025-11-20T09:30:00.000Z'],
    ['as UTC when it has none, as Python writes it', '2025-11-20T09:30:00.123456', '2025-11-20T09:30:00.123Z'],
  ])('has its time read %s', (_, timestamp, at) => {
    expect(decodeCommand(foreign({ ...documented, timestamp })).at).toBe(at)
  })

  it('has the same time wherever it is read', () => {
    vi.stubEnv('TZ', 'America/New_York')
    onTestFinished(() => void vi.unstubAllEnvs())
    const timestamp = '2025-11-20T09:30:00'
    expect(new Date(timestamp).toISOString()).toBe('2025-11-20T14:30:00.000Z')
    expect(decodeCommand(foreign({ ...documented, timestamp })).at).toBe('2025-11-20T09:30:00.000Z')
  })

  it.each(['12345', '+012345-01-01T00:00:00Z', '9999-12-31T23:59:59-23:00', 'Nov 20 2025', 'yesterday'])(
    'throws when its time is %s',
    (timestamp) => {
      expect(() => decodeCommand(foreign({ ...documented, timestamp }))).toThrow()
    },
  )

  it('is not believed when it carries a command', () => {
    const command = accept({ actor: { role: 'system', id: 'trojan' } })
    expect(decodeCommand(foreign({ ...documented, command }))).toStrictEqual(decodeCommand(foreign(documented)))
    expect(() => decodeCommand(foreign({ event_type: 'AcceptBooking', command }))).toThrow(
      'not a booking request of any known document',
    )
    expect(() => decodeCommand({ ...received(encodeCommand(accept())), headers: new Map() })).toThrow(
      'not a booking request of any known document',
    )
  })

  it('is only taken for one of ours with a command', () => {
    expect(() => decodeCommand(ours(documented))).toThrow('command')
  })
})

describe('anything else', () => {
  it.each([
    ['from elsewhere', foreign],
    ['in our name', ours],
  ])('throws: JSON %s', (_, message) => {
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
  ])('throws or makes a whole command: %s with one thing in it replaced', (_, message, body) => {
    const damage = fc.tuple(fc.constantFrom(...pathsOf(body)), fc.option(fc.jsonValue(), { nil: undefined }))
    forAll(
      damage,
      ([path, instead]) => {
        const command = attempt(() => decodeCommand(message(damaged(body, path, instead as Json | undefined))))
        if (command !== 'thrown') expect(Command.parse(command)).toStrictEqual(command)
      },
      2_000,
    )
  })
})

describe('an answer', () => {
  it('is a booking in snake case, with a price in whole units', () => {
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

  it('says why', () => {
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
  ] as const)('calls %s %s', (status, word) => {
    expect(encodeBooking({ ...pending, status }).status).toBe(word)
  })

  it('knows only the three documented words', () => {
    const words = Status.options.map((status) => encodeBooking({ ...pending, status }).status)
    expect(new Set(words)).toStrictEqual(new Set(['pending', 'confirmed', 'cancelled']))
  })

  it('is a notification in snake case', () => {
    const [notification] = notify(bookingEvent(confirmed))
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
