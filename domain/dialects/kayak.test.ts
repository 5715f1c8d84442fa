import * as fc from 'fast-check'
import { DEFAULT_RULES } from '../listing.ts'
import { describe, expect, it } from 'vitest'
import { decodeEvent, encodeEvent } from './registry.ts'
import type { Envelope } from '../envelope.ts'
import { event, events } from '../testing/arbitraries.ts'
import { attempt, damaged, type Json, pathsOf } from '../testing/damage.ts'
import { forAll } from '../testing/for-all.ts'
import { received } from '../testing/messages.ts'
import {
  admin,
  BOOKING_ID,
  bookingEvent,
  confirmed,
  LATER,
  listingEvent,
  owner,
  pending,
  refusedEvent,
  rejected,
  stay,
  traveler,
} from '../testing/samples.ts'

const bodyOf = ({ value }: Envelope) => JSON.parse(value) as Json

describe('an event', () => {
  it.each(events)('decodes to the original: %s', (_, some) => {
    forAll(some, (event) => {
      expect(decodeEvent(received(encodeEvent(event)))).toStrictEqual(event)
    })
  })

  it("has kayak's envelope, with our fields in `data`", () => {
    const event = bookingEvent(confirmed)
    expect(bodyOf(encodeEvent(event))).toStrictEqual({
      eventType: 'booking.confirmed',
      timestamp: LATER,
      bookingId: BOOKING_ID,
      userId: traveler.id,
      type: 'stay',
      itemId: stay.id,
      data: {
        status: 'confirmed',
        previousStatus: 'pending',
        version: 2,
        seq: 7,
        reason: null,
        actor: owner,
        command: event.command,
        booking: confirmed,
      },
    })
  })

  it('about a listing has the listing as its item and no booking id', () => {
    const event = listingEvent('listing.changed', admin)
    const { actor, command, seq, listing } = event
    expect(bodyOf(encodeEvent(event))).toStrictEqual({
      eventType: 'listing.changed',
      timestamp: LATER,
      bookingId: null,
      userId: owner.id,
      type: 'stay',
      itemId: stay.id,
      data: { seq, actor, command, listing, block: null },
    })
  })

  it('has all headers', () => {
    expect(encodeEvent(bookingEvent(confirmed)).headers).toStrictEqual([
      ['event-type', 'booking.confirmed'],
      ['timestamp', LATER],
      ['ce_specversion', '1.0'],
      ['ce_id', 'command-2:0'],
      ['ce_type', 'booking.confirmed'],
      ['ce_source', '/reservoir/processor'],
      ['ce_subject', BOOKING_ID],
      ['ce_time', LATER],
      ['content-type', 'application/json'],
    ])
  })

  it('of a rejection has the body type booking.cancelled and the header type booking.rejected', () => {
    const envelope = encodeEvent(bookingEvent(rejected))
    expect(bodyOf(envelope)).toMatchObject({ eventType: 'booking.cancelled', data: { status: 'rejected' } })
    expect(received(envelope).headers.get('ce_type')).toBe('booking.rejected')
  })

  it.each([
    ['a booking', bookingEvent(pending), BOOKING_ID],
    ['a listing', listingEvent(), stay.id],
    ['a refusal about a booking', refusedEvent(), BOOKING_ID],
    ['a refusal about a listing', refusedEvent({ bookingId: null, booking: null }), stay.id],
  ])('of %s has its subject as key', (_, event, key) => {
    expect(encodeEvent(event).key).toBe(key)
    expect(received(encodeEvent(event)).headers.get('ce_subject')).toBe(key)
  })

  it.each([
    ['the traveler of a booking', bookingEvent(rejected), traveler.id],
    ['the owner of a listing', listingEvent('listing.changed', admin), owner.id],
    ['the traveler of a booking that a refused command names', refusedEvent(), traveler.id],
    ['the actor of a refused command without a booking', refusedEvent({ booking: null }), owner.id],
  ])('has as userId %s', (_, event, userId) => {
    expect(bodyOf(encodeEvent(event))).toMatchObject({ userId })
  })
})

/** Commands without an Idempotency-Key have no hash; older events have none of the others. */
const OPTIONAL: ReadonlySet<string | number> = new Set<string | number>([
  'bodyHash',
  'block',
  'payment',
  'paymentMethod',
  'endsAt',
  'remindedAt',
  'timeZone',
  ...Object.keys(DEFAULT_RULES),
])

describe('a damaged event', () => {
  it('throws when it is cut off', () => {
    const part = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
    forAll(fc.tuple(event, part), ([event, part]) => {
      const { value, headers } = encodeEvent(event)
      const cut = value.slice(0, Math.floor(value.length * part))
      expect(() => decodeEvent({ value: cut, headers: new Map(headers) })).toThrow()
    })
  })

  it.each([
    ['missing', undefined],
    ['an object', { damaged: true }],
  ])('throws or decodes to the original when a part of it is %s', (_, replacement) => {
    const broken = event.chain((event) => {
      const body = bodyOf(encodeEvent(event))
      const paths = pathsOf(body).filter((path) => !OPTIONAL.has(path.at(-1)!))
      return fc.tuple(fc.constant(event), fc.constantFrom(...paths))
    })
    forAll(
      broken,
      ([event, path]) => {
        const envelope = encodeEvent(event)
        const value = JSON.stringify(damaged(bodyOf(envelope), path, replacement))
        const read = attempt(() => decodeEvent(received({ ...envelope, value })))
        if (read !== 'thrown') expect(read).toStrictEqual(event)
      },
      2_000,
    )
  })

  it.each(['timestamp', 'bookingId', 'itemId', 'data'])('throws without its %s', (name) => {
    const envelope = encodeEvent(bookingEvent(confirmed))
    const value = JSON.stringify(damaged(bodyOf(envelope), [name]))
    expect(() => decodeEvent(received({ ...envelope, value }))).toThrow(name)
  })

  it.each(['ce_id', 'ce_type'])('throws without the header %s', (name) => {
    const { value, headers } = received(encodeEvent(bookingEvent(confirmed)))
    const rest = new Map([...headers].filter(([other]) => other !== name))
    expect(() => decodeEvent({ value, headers: rest })).toThrow()
  })

  it.each(['booking.deleted', 'listing.published', 'command.refused', 'constructor', ''])(
    'throws when its header says %j',
    (type) => {
      const { value, headers } = received(encodeEvent(bookingEvent(confirmed)))
      expect(() => decodeEvent({ value, headers: new Map(headers).set('ce_type', type) })).toThrow()
    },
  )

  it('throws when it is empty', () => {
    expect(() => decodeEvent({ value: null, headers: new Map() })).toThrow('the message is empty')
  })
})
