import * as fc from 'fast-check'
import type { Actor } from '../actor.ts'
import type { BookingRequest } from '../booking.ts'
import type { Command } from '../command.ts'
import type { Kind } from '../kinds.ts'
import { MAX_DAYS, DEFAULT_RULES, type Listing } from '../listing.ts'
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

const name = fc.constantFrom('Villa', 'Castle')
const capacity = fc.integer({ min: 1, max: 4 })
const maxGuests = fc.integer({ min: 1, max: 3 })
const price = record({ amount: fc.constantFrom(100, 250), currency: fc.constantFrom('EUR', 'USD') })
const timeZone = fc.constantFrom('Europe/Lisbon', 'America/New_York', 'Asia/Kolkata')

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
    confirmationPolicy: fc.constantFrom('owner', 'owner', 'payment', 'owner+payment', 'instant'),
    cancellationPolicy: fc.constant('flexible'),
    decisionWindowMs: fc.constant(DEFAULT_RULES.decisionWindowMs),
    minNights: fc.constant(1),
    maxNights: fc.constant(MAX_DAYS),
    advanceNoticeDays: fc.constant(0),
    holdOnRequest: fc.constant(true),
  })
const changes = recordWith({}, { name, capacity, maxGuests, price, timeZone }).filter(
  (some) => Object.keys(some).length > 0,
)

/** Half of the spans have one night; the others may be long, reversed or endless. */
const span = fc.oneof(
  fc.nat(NIGHTS.length - 2).map((n) => ({ checkIn: NIGHTS[n]!, checkOut: NIGHTS[n + 1]! })),
  record({ checkIn: fc.constantFrom(...NIGHTS), checkOut: fc.constantFrom(...NIGHTS, '2026-03-30', '2030-01-01') }),
)
const departure = record({ checkIn: fc.constantFrom(...NIGHTS), checkOut: fc.constant(null) })

function requestFor(listingId: string): fc.Arbitrary<BookingRequest> {
  const isFlight = KINDS[listingId]!.includes('flight')
  const rest = record({
    listingId: fc.constant(listingId),
    guests: fc.constantFrom(1, 1, 1, 2, 3),
    quantity: fc.constantFrom(1, 1, null, 2, 3),
    specialRequests: fc.constantFrom(null, 'A cot'),
    price: mostly(fc.constant(null), record({ amount: fc.constantFrom(100, 250), currency: fc.constant('EUR') })),
    paymentMethod: fc.constant(null),
  })
  const days = isFlight ? mostly<Days>(departure, span) : mostly<Days>(span, departure)
  return fc.tuple(rest, days).map(([some, when]) => ({ ...some, ...when }))
}
type Days = Pick<BookingRequest, 'checkIn' | 'checkOut'>

function stepOn(listingId: string): fc.Arbitrary<Step> {
  const commandFields = {
    id: fc.constant('command'),
    listingId: fc.constant(listingId),
    at: fc.constantFrom('2026-03-20T10:00:00.000Z', '2026-03-21T23:30:00.000Z', '2026-04-20T10:00:00.000Z'),
  }
  const decision = {
    ...commandFields,
    bookingId: fc.constantFrom(...BOOKING_IDS),
    expectedVersion: fc.constantFrom(undefined, undefined, undefined, 1, 2, [1, 2]),
  }
  const reason = fc.constantFrom(null, 'Ill')
  const bookingId = fc.constantFrom(...BOOKING_IDS)
  const listing = listingOf(listingId)
  const dialect = fc.constantFrom('v1', 'lab2')
  return oneOf(
    [2, record({ type: fc.constant('PublishListing'), ...commandFields, actor: ownerMostly, listing })],
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

/** Most sequences start by publishing the listings that the later steps use. */
export const steps: fc.Arbitrary<Step[]> = fc
  .tuple(
    fc.tuple(...LISTING_IDS.map((id) => fc.option(listingOf(id).map(opening), { freq: 20 }))),
    fc.array(fc.oneof(...LISTING_IDS.map(stepOn)), { maxLength: 60, size: 'max' }),
  )
  .map(([openings, rest]) => openings.filter((step) => step !== null).concat(rest))
