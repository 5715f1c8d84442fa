import { describe, expect, it } from 'vitest'
import { endsCommand } from '../event.ts'
import {
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
} from '../testing/samples.ts'
import { isGranted, receiptOf } from './receipt.ts'

const position = { partition: 2, offset: 17 }
const receipt = { commandId: 'command-2', bodyHash: 'hash', actorId: owner.id, position, at: LATER }

describe('the receipt', () => {
  it('of a decision has the current booking', () => {
    expect(receiptOf(bookingEvent(confirmed), position)).toStrictEqual({
      ...receipt,
      outcome: 'booking.confirmed',
      reason: null,
      bookingId: BOOKING_ID,
      booking: confirmed,
      listing: null,
    })
  })

  it('of a refusal has the reason and the booking that won', () => {
    expect(receiptOf(refusedEvent(), position)).toStrictEqual({
      ...receipt,
      outcome: 'command.refused',
      reason: 'booking_already_decided',
      bookingId: BOOKING_ID,
      booking: rejected,
      listing: null,
    })
  })

  it('of a listing has the listing', () => {
    expect(receiptOf(listingEvent('listing.changed'), position)).toStrictEqual({
      ...receipt,
      outcome: 'listing.changed',
      reason: null,
      bookingId: null,
      booking: null,
      listing: stay,
    })
  })

  it('has no hash without an Idempotency-Key', () => {
    const { bodyHash: _hash, ...command } = bookingEvent(confirmed).command
    expect(receiptOf(bookingEvent(confirmed, { command }), position).bodyHash).toBeNull()
  })
})

describe('a command', () => {
  it.each([bookingEvent(pending), bookingEvent(confirmed), bookingEvent(rejected), listingEvent()])(
    'is granted by $type',
    (event) => {
      expect(isGranted(receiptOf(event, position))).toBe(true)
    },
  )

  it.each([refusedEvent(), bookingEvent({ ...pending, status: 'failed' })])('is not granted by $type', (event) => {
    expect(isGranted(receiptOf(event, position))).toBe(false)
  })

  it('ends with its last event', () => {
    const command = { ...bookingEvent(pending).command, events: 2 }
    expect(endsCommand(bookingEvent(pending, { id: 'command-2:0', command }))).toBe(false)
    expect(endsCommand(bookingEvent(confirmed, { id: 'command-2:1', command }))).toBe(true)
  })
})
