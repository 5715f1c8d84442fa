import assert from 'node:assert/strict'
import { expect, it } from 'vitest'
import type { Booking, Status } from '../booking.ts'
import type { Command } from '../command.ts'
import { BOOKING_EVENTS, Event, type Fact, FAILURES, isBookingEvent, LISTING_EVENTS, REFUSALS } from '../event.ts'
import { deepFreeze } from '../testing/deep-freeze.ts'
import { forAll } from '../testing/for-all.ts'
import { NaiveListing, NIGHTS, type Outcome } from '../testing/naive-listing.ts'
import { type Step, steps } from '../testing/random-steps.ts'
import { decide } from './decide.ts'
import { DECISION_WINDOW_MS } from '../listing.ts'
import { bookingOf, type ListingState, unpublished, ended, evolve, release } from './state.ts'

/** The statuses that a booking may take from each status. */
const MOVES: Readonly<Record<Status | 'nothing', Status[]>> = {
  nothing: ['pending', 'failed'],
  pending: ['accepted', 'confirmed', 'rejected', 'expired', 'cancelled', 'failed'],
  accepted: ['confirmed', 'rejected', 'expired', 'cancelled', 'failed'],
  confirmed: ['completed', 'cancelled'],
  completed: [],
  rejected: [],
  expired: [],
  cancelled: [],
  failed: [],
}

/** Runs the same steps through the decider and through the naive listing, and compares them. */
class Trial {
  state: ListingState = unpublished
  readonly archive = new Map<string, Booking>()
  readonly naive = new NaiveListing()

  take(step: Step): Outcome[] {
    if (step.type === 'Archive') return this.archiveEnded()
    const archived = 'bookingId' in step ? this.archive.get(step.bookingId) : undefined
    const facts = decide(deepFreeze(step), deepFreeze(this.state), archived)
    const outcomes = facts.map(outcomeOf)
    assert.deepEqual(outcomes, this.naive.handle(step), 'the decider and the naive listing have the same outcome')
    assert.ok(outcomes.length > 0, 'every command yields a fact')
    for (const fact of facts) this.apply(fact, step)
    this.compare()
    return outcomes
  }

  archiveEnded(): Outcome[] {
    const removed = ended(deepFreeze(this.state))
    for (const booking of removed) this.archive.set(booking.id, booking)
    const ids = removed.map(({ id }) => id)
    this.state = release(this.state, ids)
    this.naive.archive()
    this.compare()
    return []
  }

  apply(fact: Fact, step: Command): void {
    assertReadable(fact, step)
    const before = deepFreeze(this.state)
    this.state = evolve(before, deepFreeze(fact))
    if (fact.type === 'command.refused') assert.equal(this.state, before, 'a refusal changes nothing')
    if (isBookingEvent(fact)) assertMove(fact, bookingOf(before, fact.bookingId), step)
  }

  /** I2: no night is above capacity; the state equals the naive listing. */
  compare(): void {
    const { listing, withdrawn, bookings, taken } = this.state
    const { naive } = this
    assert.deepEqual([listing, withdrawn], [naive.listing, naive.withdrawn])

    const counts = NIGHTS.map((night) => [night, naive.takenOn(night)] as const).filter(([, count]) => count > 0)
    assert.deepEqual(taken, new Map(counts), 'the counts per night equal the recount')
    for (const [night, count] of counts) assert.ok(count <= listing!.capacity, `I2: ${night} is within capacity`)

    const held = naive.bookings.filter((booking) => booking.held)
    assert.equal(bookings.size, held.length)
    for (const { id, travelerId, status, version, quantity, price } of held) {
      assert.partialDeepStrictEqual(bookings.get(id), { travelerId, status, version, quantity, price })
    }
  }
}

const outcomeOf = (fact: Fact): Outcome =>
  fact.type === 'command.refused' || fact.type === 'booking.failed' ? `${fact.type}: ${fact.reason}` : fact.type

/** The event of the fact matches the schema that readers use. */
function assertReadable(fact: Fact, { id, type, listingId, at, actor }: Command): void {
  const command = { id, type, partition: 0, offset: 0, events: 1 }
  const event = { ...fact, id: `${id}:0`, seq: 1, listingId, at, actor, command }
  assert.deepEqual(Event.parse(event), event)
}

/** I3: every step is legal, so a booking has at most one terminal decision; the version counts the steps. */
function assertMove(
  fact: Extract<Fact, { previousStatus: unknown }>,
  before: Booking | undefined,
  { at }: Command,
): void {
  const { booking, previousStatus } = fact
  assert.equal(previousStatus, before?.status ?? null)
  assert.ok(MOVES[before?.status ?? 'nothing'].includes(booking.status), 'I3: the step is legal')
  assert.equal(booking.version, (before?.version ?? 0) + 1, 'the version rises by one')
  assert.equal(booking.updatedAt, at)
  assertHold(booking, before, at)
}

/** Pending bookings have a hold that ends, accepted ones keep theirs, all others have none. */
function assertHold({ status, holdExpiresAt }: Booking, before: Booking | undefined, at: string): void {
  if (status === 'pending') {
    const held = Date.parse(holdExpiresAt!) - Date.parse(at)
    assert.ok(held > 0 && held <= DECISION_WINDOW_MS.default, 'the hold of a pending booking ends within the limit')
  } else if (status === 'accepted') {
    assert.ok(holdExpiresAt !== null && holdExpiresAt === before?.holdExpiresAt, 'an accepted booking keeps its hold')
  } else {
    assert.equal(holdExpiresAt, null)
  }
}

/** `decide.rules.test.ts` tests these. */
const ELSEWHERE =
  /completed|expired|payment|reminded|days_booked|invalid_listing|not_due|too_many_blocks|unknown_block|blocked/

const REACHABLE: Outcome[] = [
  ...LISTING_EVENTS,
  ...BOOKING_EVENTS.filter((type) => type !== 'booking.failed'),
  // `too_many_bookings` has its own test; only the shell produces `undecidable`.
  ...FAILURES.filter((reason) => reason !== 'too_many_bookings').map((reason) => `booking.failed: ${reason}`),
  ...REFUSALS.filter((reason) => reason !== 'undecidable').map((reason) => `command.refused: ${reason}`),
].filter((outcome) => !ELSEWHERE.test(outcome))

it('decides every sequence of commands as the naive listing does', () => {
  const seen = new Set<Outcome>()
  const decideAll = (sequence: Step[]) => {
    const trials = new Map(sequence.map(({ listingId }) => [listingId, new Trial()]))
    for (const step of sequence) for (const outcome of trials.get(step.listingId)!.take(step)) seen.add(outcome)
  }
  forAll(steps, decideAll, 3_000)
  expect([...seen].sort()).toStrictEqual(REACHABLE.toSorted())
})
