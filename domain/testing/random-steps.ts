import * as fc from 'fast-check'
import type { Actor } from '../actor.ts'
import type { BookingRequest } from '../booking.ts'
import { CancellationPolicy } from '../cancellation.ts'
import { addDays } from '../civil.ts'
import type { Command } from '../command.ts'
import type { Kind } from '../kinds.ts'
import { MAX_DAYS, type Listing } from '../listing.ts'
import { PAYMENT_RESULTS, PaymentFailure, type PaymentReport } from '../payment.ts'
import { ConfirmationPolicy } from '../policies.ts'
import { BOOKING_IDS, NIGHTS } from './naive-listing.ts'
import { record, recordWith } from './record.ts'
import { admin, otherOwner, otherTraveler, owner, stay, system, traveler } from './samples.ts'

/** For tests only. A command, or the end of a batch, which archives the bookings that have ended. */
export type Step = Command | { type: 'Archive'; listingId: string }

const mostly = <T>(usual: fc.Arbitrary<T>, rare: fc.Arbitrary<T>): fc.Arbitrary<T> =>
  fc.oneof({ weight: 11, arbitrary: usual }, { weight: 1, arbitrary: rare })

/** Few values of each sort, so that steps conflict. Impostors have another user's id with a different role. */
const impostors = [
  { ...traveler, id: owner.id },
  { ...owner, id: traveler.id },
]
const anyActor = fc.constantFrom(owner, otherOwner, traveler, otherTraveler, admin, system, ...impostors)
const ownerMostly = mostly<Actor>(fc.constant(owner), anyActor)
const travelerMostly = mostly<Actor>(fc.constantFrom(traveler, otherTraveler), anyActor)

const systemMostly = mostly<Actor>(fc.constant(system), anyActor)

const count = (max: number) => fc.integer({ min: 1, max })
const name = fc.constantFrom('Villa', 'Castle')
const capacity = count(4)
const maxGuests = count(3)
const price = record({ amount: fc.constantFrom(100, 251), currency: fc.constantFrom('EUR', 'USD') })
const timeZone = fc.constantFrom('Europe/Lisbon', 'America/New_York', 'Asia/Kolkata')

const HOUR_MS = 3_600_000
/** They sometimes contradict each other. */
const rules = {
  cancellationPolicy: fc.constantFrom(...CancellationPolicy.options),
  decisionWindowMs: fc.constantFrom(HOUR_MS, 24 * HOUR_MS, 30 * 24 * HOUR_MS),
  minNights: mostly(fc.constant(1), fc.constant(2)),
  maxNights: mostly(fc.constant(MAX_DAYS), fc.constantFrom(4, 1)),
  advanceNoticeDays: mostly(fc.constant(0), fc.constantFrom(1, 5)),
}

const KINDS: Readonly<Record<string, Kind[]>> = {
  [stay.id]: ['stay', 'hotel'],
  'fleet-7': ['car'],
  FLIGHT456: ['flight'],
}
const LISTING_IDS = Object.keys(KINDS)

const listingOf = (id: string): fc.Arbitrary<Listing> =>
  record({
    id: fc.constant(id),
    ownerId: mostly(fc.constant(owner.id), fc.constant(otherOwner.id)),
    kind: mostly<Kind>(fc.constantFrom(...KINDS[id]!), fc.constantFrom('stay', 'hotel', 'flight', 'car')),
    name,
    capacity,
    maxGuests,
    price,
    timeZone,
    confirmationPolicy: fc.constantFrom(...ConfirmationPolicy.options),
    ...rules,
    holdOnRequest: fc.constantFrom(true, true, false),
  })
const changes = recordWith({}, { name, capacity, maxGuests, price, timeZone, ...rules }).filter(
  (some) => Object.keys(some).length > 0,
)

/** Most spans have one night or a few; the others may be long, reversed or endless. */
const span = fc.oneof(
  fc.nat(NIGHTS.length - 2).map((n) => ({ checkIn: NIGHTS[n]!, checkOut: NIGHTS[n + 1]! })),
  fc.tuple(fc.nat(NIGHTS.length - 4), count(4)).map(([n, nights]) => ({
    checkIn: NIGHTS[n]!,
    checkOut: addDays(NIGHTS[n]!, nights),
  })),
  record({ checkIn: fc.constantFrom(...NIGHTS), checkOut: fc.constantFrom(...NIGHTS, '2026-03-30', '2030-01-01') }),
)
const departure = record({ checkIn: fc.constantFrom(...NIGHTS), checkOut: fc.constant(null) })

function requestFor(listingId: string): fc.Arbitrary<BookingRequest> {
  const isFlight = KINDS[listingId]!.includes('flight')
  const rest = record({
    listingId: fc.constant(listingId),
    guests: mostly(fc.constant(1), fc.constantFrom(2, 3)),
    quantity: mostly(fc.constantFrom(1, null), fc.constantFrom(2, 3)),
    specialRequests: fc.constantFrom(null, 'A cot'),
    price: mostly(fc.constant(null), record({ amount: fc.constantFrom(100, 251), currency: fc.constant('EUR') })),
    paymentMethod: fc.constantFrom(null, 'pm_card_visa'),
  })
  const days = isFlight ? mostly<Days>(departure, span) : mostly<Days>(span, departure)
  return fc.tuple(rest, days).map(([some, when]) => ({ ...some, ...when }))
}
type Days = Pick<BookingRequest, 'checkIn' | 'checkOut'>

const block = record({
  id: fc.constantFrom('block-1', 'block-2'),
  from: fc.nat(NIGHTS.length - 1),
  days: count(3),
}).map(({ id, from, days }) => ({ id, from: NIGHTS[from]!, to: addDays(NIGHTS[from]!, days) }))

const report = record<PaymentReport>({
  result: fc.constantFrom(...PAYMENT_RESULTS, 'authorized', 'authorized', 'captured', 'captured'),
  amount: fc.constantFrom(null, 1, 100, 251, 1_000_000),
  reference: fc.constantFrom(null, 'pi_1'),
  nextAction: fc.constantFrom(null, 'https://pay.example/1'),
  reason: fc.constantFrom(null, ...PaymentFailure.options),
})

/** Around requests, the ends of their holds, check-ins in each time zone, and the last check-out. */
const INSTANTS = [
  '2026-02-19T05:00:00.000Z',
  '2026-03-08T05:00:00.000Z',
  '2026-03-20T10:00:00.000Z',
  '2026-03-20T10:59:59.999Z',
  '2026-03-20T11:00:00.000Z',
  '2026-03-20T18:30:00.000Z',
  '2026-03-21T23:30:00.000Z',
  '2026-03-24T00:00:00.000Z',
  '2026-03-29T23:00:00.000Z',
  '2026-04-20T10:00:00.000Z',
]

function stepOn(listingId: string): fc.Arbitrary<Step> {
  const bookingId = fc.constantFrom(...BOOKING_IDS)
  const commandFields = {
    id: fc.constant('command'),
    listingId: fc.constant(listingId),
    at: fc.constantFrom(...INSTANTS),
  }
  const ours = { ...commandFields, actor: systemMostly, bookingId }
  const decision = {
    ...commandFields,
    bookingId,
    expectedVersion: fc.constantFrom(undefined, undefined, undefined, 1, 2, [1, 2]),
  }
  const reason = fc.constantFrom(null, 'Ill')
  const blockId = fc.constantFrom('block-1', 'block-2')
  const listing = listingOf(listingId)
  const dialect = fc.constantFrom('v1', 'lab2')
  return oneOf(
    [4, record({ type: fc.constant('PublishListing'), ...commandFields, actor: ownerMostly, listing })],
    [2, record({ type: fc.constant('ChangeListing'), ...commandFields, actor: ownerMostly, changes })],
    [1, record({ type: fc.constant('WithdrawListing'), ...commandFields, actor: ownerMostly })],
    [
      12,
      record({
        type: fc.constant('RequestBooking'),
        ...commandFields,
        actor: travelerMostly,
        bookingId,
        dialect,
        request: requestFor(listingId),
      }),
    ],
    [5, record({ type: fc.constant('AcceptBooking'), ...decision, actor: ownerMostly })],
    [3, record({ type: fc.constant('RejectBooking'), ...decision, actor: ownerMostly, reason })],
    [5, record({ type: fc.constant('CancelBooking'), ...decision, actor: travelerMostly, reason })],
    [1, record({ type: fc.constant('BlockDays'), ...commandFields, actor: ownerMostly, block })],
    [1, record({ type: fc.constant('UnblockDays'), ...commandFields, actor: ownerMostly, blockId })],
    [2, record({ type: fc.constant('RemindOwner'), ...ours })],
    [3, record({ type: fc.constant('ExpireBooking'), ...ours })],
    [4, record({ type: fc.constant('CompleteBooking'), ...ours })],
    [10, record({ type: fc.constant('RecordPayment'), ...ours, report })],
    [1, record({ type: fc.constant('Archive'), listingId: fc.constant(listingId) })],
  )
}

const oneOf = (...choices: [weight: number, arbitrary: fc.Arbitrary<Step>][]): fc.Arbitrary<Step> =>
  fc.oneof(...choices.map(([weight, arbitrary]) => ({ weight, arbitrary })))

const opening = (listing: Listing): Step => ({
  type: 'PublishListing',
  id: 'opening',
  listingId: listing.id,
  at: '2026-03-01T10:00:00.000Z',
  actor: system,
  listing,
})

/** Ids whose twin comes late. */
const NEW_IDS = [...BOOKING_IDS.slice(2), ...BOOKING_IDS.slice(0, 2)]

/** Most requests have a new id, and most other commands are about a booking that was requested before. */
const directed = fc.nat(9)

function direct(steps: [Step, number][]): Step[] {
  const requested: string[] = []
  return steps.map(([step, choice]) => {
    if (!('bookingId' in step) || choice === 0) return step
    if (step.type !== 'RequestBooking')
      return { ...step, bookingId: requested[choice % requested.length] ?? step.bookingId }
    const bookingId = NEW_IDS[requested.length] ?? step.bookingId
    requested.push(bookingId)
    return { ...step, bookingId }
  })
}

/** Steps on one listing. Most sequences start by publishing it. */
export const steps: fc.Arbitrary<Step[]> = fc
  .constantFrom(...LISTING_IDS)
  .chain((id) =>
    fc
      .tuple(
        fc.option(listingOf(id).map(opening), { freq: 20 }),
        fc.array(fc.tuple(stepOn(id), directed), { maxLength: 60, size: 'max' }),
      )
      .map(([first, rest]) => [...(first ? [first] : []), ...direct(rest)]),
  )
