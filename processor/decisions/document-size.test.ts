import { expect, test } from 'vitest'
import type { Block } from '#domain/block.ts'
import type { Booking } from '#domain/booking.ts'
import { addDays } from '#domain/civil.ts'
import type { BookingEvent } from '#domain/event.ts'
import { MAX_BOOKING_TEXT, MAX_LIVE_BOOKINGS, MAX_TAKEN_DAYS, MAX_WITHOUT_HOLD } from '#domain/listing/request.ts'
import { MAX_NEXT_ACTION } from '#domain/payment.ts'
import { MAX_BLOCKS } from '#domain/listing/publish.ts'
import type { HeldBooking } from '#domain/listing/state.ts'
import { BOOKING_ID, bookingEvent, hotel, NOW, pending } from '#domain/testing/samples.ts'
import { MAX_IDS } from './decide-batch.ts'
import { MAX_PATCH } from './decisions.ts'
import { emptyDocument, toStored } from './listing-document.ts'

/** The largest document that MongoDB stores. */
const MONGODB_LIMIT = 16 * 1024 * 1024

/** A character that takes three bytes, the most for one UTF-16 code unit. */
const wide = (length: number): string => '€'.repeat(length)

const idOf = (prefix: string, n: number): string => `${prefix}${n}`.padEnd(64, 'x')
const subject = wide(255)
const trace = { requestId: 'r'.repeat(128), traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01` }

/** The largest booking: every text has its greatest length. */
const largest: Booking = {
  ...pending,
  id: idOf('b', 0),
  listingId: idOf('l', 0),
  ownerId: subject,
  travelerId: subject,
  checkOut: '9999-12-31',
  specialRequests: wide(1_000),
  reason: wide(500),
  dialect: 'airbnb',
  cancellationPolicy: 'non-refundable',
  payment: {
    status: 'partially_refunded',
    refunded: 2 ** 40,
    refundDue: 2 ** 40,
    reference: 'r'.repeat(64),
    nextAction: 'u'.repeat(MAX_NEXT_ACTION),
  },
  paymentMethod: 'p'.repeat(100),
  endsAt: NOW,
  remindedAt: NOW,
  timeZone: 'America/Argentina/ComodRivadavia',
}

const eventOf = (n: number): BookingEvent => ({
  ...bookingEvent(largest),
  id: `${idOf('c', n)}:1`,
  listingId: largest.listingId,
  actor: { role: 'traveler', id: subject },
  command: {
    id: idOf('c', n),
    type: 'RequestBooking',
    partition: 1_000,
    offset: 2 ** 40,
    events: 2,
    bodyHash: 'f'.repeat(64),
    trace,
  },
  reason: largest.reason,
})

const held = (changes: Partial<Booking>): HeldBooking => {
  const { id: _id, listingId: _listingId, ownerId: _ownerId, kind: _kind, ...rest } = { ...largest, ...changes }
  return rest
}

/** Every part of the document at its limit at the same time. */
function largestDocument() {
  const perBooking = MAX_BOOKING_TEXT / MAX_LIVE_BOOKINGS
  const live = Array.from({ length: MAX_LIVE_BOOKINGS }, (_, n): [string, HeldBooking] => [
    idOf('b', n),
    held({ travelerId: wide(1), specialRequests: wide(perBooking - 2), paymentMethod: 'p', reason: null }),
  ])
  // Bookings that the last patch ended or failed stay for one patch.
  const over = Array.from({ length: MAX_PATCH }, (_, n): [string, HeldBooking] => [
    idOf('e', n),
    held({ status: 'failed' }),
  ])
  const days = Array.from({ length: MAX_TAKEN_DAYS }, (_, n): [string, number] => [addDays('2026-01-01', n), 10_000])
  const blocks = Array.from({ length: MAX_BLOCKS }, (_, n): [string, Omit<Block, 'id'>] => [
    idOf('k', n),
    { from: '2026-01-01', to: '9999-12-31' },
  ])
  const partitions = Array.from({ length: 1_000 }, (_, n): [number, number] => [n, 2 ** 40])
  return {
    ...emptyDocument(),
    seq: 2 ** 40,
    latestAt: Date.parse(NOW),
    state: {
      listing: { ...hotel, id: largest.listingId, ownerId: subject, name: wide(200) },
      withdrawn: false,
      bookings: new Map([...live, ...over]),
      taken: new Map(days),
      blocks: new Map(blocks),
    },
    ids: new Map(Array.from({ length: MAX_IDS }, (_, n): [string, number] => [idOf('c', n), Date.parse(NOW)])),
    pos: new Map(partitions),
    // Fewer than one patch from before, two events for each command of the next one, and the requests that they displace.
    recorded: Array.from({ length: 3 * MAX_PATCH + MAX_WITHOUT_HOLD }, (_, n) => eventOf(n)),
  }
}

/** The size as BSON: type, name and content of each element, and five bytes around each document. */
function bsonBytes(value: unknown): number {
  if (value === null) return 0
  if (typeof value === 'string') return 5 + Buffer.byteLength(value)
  if (typeof value === 'number') return 8
  if (typeof value === 'boolean') return 1
  return Object.entries(value as object).reduce(
    (sum, [name, element]) => sum + 2 + Buffer.byteLength(name) + bsonBytes(element),
    5,
  )
}

test('the largest document is smaller than what MongoDB stores', () => {
  const size = bsonBytes(toStored(largest.listingId, largestDocument()))
  expect(size).toBeGreaterThan(MONGODB_LIMIT / 2)
  expect(size).toBeLessThan(MONGODB_LIMIT)
})

test('the size of a small document is that of BSON', () => {
  // { a: 1.5, s: "x", b: true, n: null, l: ["y"] }: 5 + 11 + 9 + 4 + 3 + 3 + (5 + 9)
  expect(bsonBytes({ a: 1.5, s: 'x', b: true, n: null, l: ['y'] })).toBe(49)
  expect(BOOKING_ID.length).toBeLessThan(idOf('b', 0).length)
})
