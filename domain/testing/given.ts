import { expect } from 'vitest'
import type { Booking } from '../booking.ts'
import { decide } from '../listing/decide.ts'
import { unpublished, evolve } from '../listing/state.ts'
import type { Command } from '../command.ts'
import type { Fact, FailureReason, Refusal } from '../event.ts'

/** For tests only: `given(...facts).when(command)`, and then what it gives. */
export const given = (...facts: Fact[]) => ({
  /** The listing has let this booking go; the archive has it. */
  archived: (booking: Booking) => whenever(facts, booking),
  ...whenever(facts),
})

const whenever = (facts: Fact[], archived?: Booking) => ({
  when: (command: Command) => thenOf(decide(command, facts.reduce(evolve, unpublished), archived)),
})

const thenOf = (facts: Fact[]) => ({
  facts,
  /** Exactly these facts. */
  gives: (...expected: Fact[]) => expect(facts).toStrictEqual(expected),
  /** One booking, with at least this to it. */
  books: (booking: Partial<Booking>) => expect(facts).toMatchObject([{ type: 'booking.created', booking }]),
  fails: (reason: FailureReason) => {
    const booking = { status: 'failed', reason, holdExpiresAt: null, version: 1 }
    expect(facts).toMatchObject([{ type: 'booking.failed', reason, previousStatus: null, booking }])
  },
  refuses: (reason: Refusal, booking: Booking | null = null, bookingId = booking?.id ?? null) =>
    expect(facts).toStrictEqual([{ type: 'command.refused', reason, booking, bookingId }]),
})
