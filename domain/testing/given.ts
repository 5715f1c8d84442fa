import { expect } from 'vitest'
import type { Booking } from '../booking.ts'
import { decide } from '../listing/decide.ts'
import { unpublished, evolve } from '../listing/state.ts'
import type { Command } from '../command.ts'
import type { Fact, FailureReason, Refusal } from '../event.ts'

/** For tests only: `given(...facts).when(command).gives(...facts)`. */
export const given = (...facts: Fact[]) => ({
  /** This booking is in the archive and no longer in the listing's document. */
  archived: (booking: Booking) => whenever(facts, booking),
  ...whenever(facts),
})

const whenever = (facts: Fact[], archived?: Booking) => ({
  when: (command: Command) => thenOf(decide(command, facts.reduce(evolve, unpublished), archived)),
})

const thenOf = (facts: Fact[]) => ({
  facts,
  /** Expects exactly these facts. */
  gives: (...expected: Fact[]) => expect(facts).toStrictEqual(expected),
  /** One new booking with at least these fields. */
  books: (booking: Partial<Booking>) => expect(facts).toMatchObject([{ type: 'booking.created', booking }]),
  fails: (reason: FailureReason) => {
    const booking = { status: 'failed', reason, holdExpiresAt: null, version: 1 }
    expect(facts).toMatchObject([{ type: 'booking.failed', reason, previousStatus: null, booking }])
  },
  refuses: (reason: Refusal, booking: Booking | null = null, bookingId = booking?.id ?? null) =>
    expect(facts).toStrictEqual([{ type: 'command.refused', reason, booking, bookingId }]),
})
