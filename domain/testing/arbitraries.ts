import { CancellationPolicy } from '../cancellation.ts'
import {
  MAX_NEXT_ACTION,
  PAYMENT_RESULTS,
  PaymentStatus,
  type PaymentReport,
  PaymentFailure,
  type Payment,
} from '../payment.ts'
import * as fc from 'fast-check'
import { CURRENCIES } from '../currencies.ts'
import { Role, type Actor } from '../actor.ts'
import { type Booking, Status, type BookingRequest } from '../booking.ts'
import { DialectName } from '../dialects/name.ts'
import { addDays, instantOf } from '../civil.ts'
import type { Command } from '../command.ts'
import {
  BOOKING_EVENTS,
  type BookingEvent,
  type CommandRefused,
  type Event,
  LISTING_EVENTS,
  type ListingEvent,
  REFUSALS,
} from '../event.ts'
import { Kind } from '../kinds.ts'
import { MAX_DAYS, DECISION_WINDOW_MS, type Listing, MAX_UNIT_PRICE } from '../listing.ts'
import { ConfirmationPolicy } from '../policies.ts'
import { isLine } from '../text.ts'
import { record, recordWith } from './record.ts'

/** For tests only: generates every value the schemas allow, with names in any script. */

const orNull = <T>(some: fc.Arbitrary<T>) => fc.option(some, { nil: null })
const count = (max: number) => fc.integer({ min: 1, max })
const optionalText = (maxLength: number) =>
  fc
    .string({ unit: 'grapheme', maxLength })
    .map((some) => some.trim())
    .filter((some) => some.length <= maxLength && isLine(some))
const text = (maxLength: number) => optionalText(maxLength).filter((some) => some !== '')

const id = fc.oneof(fc.uuid(), fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/))
const subject = fc.oneof(fc.uuid(), text(255))
const civilDate = fc.integer({ min: -20_000, max: 100_000 }).map((days) => addDays('1970-01-01', days))
const instant = fc.integer({ min: 0, max: Date.parse('9999-12-31T23:59:59.999Z') }).map(instantOf)
const currency = fc.constantFrom(...CURRENCIES.keys())
export const money = record({ amount: fc.maxSafeNat(), currency })
const actor = record<Actor>({ role: fc.constantFrom(...Role.options, 'system'), id: subject })

const kind = fc.constantFrom(...Kind.options)
const details = {
  name: text(200),
  capacity: count(10_000),
  maxGuests: count(1_000),
  price: record({ amount: fc.nat(MAX_UNIT_PRICE), currency }),
  timeZone: fc.constantFrom('UTC', 'Europe/Lisbon', 'America/New_York', 'Asia/Kolkata'),
  cancellationPolicy: fc.constantFrom(...CancellationPolicy.options),
  decisionWindowMs: fc.integer({ min: DECISION_WINDOW_MS.min, max: DECISION_WINDOW_MS.max }),
  minNights: count(MAX_DAYS),
  maxNights: count(MAX_DAYS),
  advanceNoticeDays: fc.integer({ min: 0, max: MAX_DAYS }),
}
export const listing = record<Listing>({
  id,
  ownerId: subject,
  kind,
  ...details,
  confirmationPolicy: fc.constantFrom(...ConfirmationPolicy.options),
  holdOnRequest: fc.boolean(),
})
const changes = recordWith({}, details).filter((some) => Object.keys(some).length > 0)

const paymentMethod = orNull(fc.constantFrom('pm_card_visa', 'tok_1', 'pm-with.every~mark!'))
const reference = orNull(fc.stringMatching(/^pi_[A-Za-z0-9]{1,40}$/))
const nextAction = orNull(fc.webUrl().filter((url) => url.length <= MAX_NEXT_ACTION))
const payment = record<Payment>({
  status: fc.constantFrom(...PaymentStatus.options),
  refunded: fc.nat(),
  refundDue: orNull(fc.nat()),
  reference,
  nextAction,
})
const report = record<PaymentReport>({
  result: fc.constantFrom(...PAYMENT_RESULTS),
  amount: orNull(count(1_000_000)),
  reference,
  nextAction,
  reason: orNull(fc.constantFrom(...PaymentFailure.options)),
})
const block = record({ id, from: civilDate, days: count(700) }).map(({ id, from, days }) => ({
  id,
  from,
  to: addDays(from, days),
}))

const requestFields = {
  listingId: id,
  checkIn: civilDate,
  checkOut: orNull(civilDate),
  guests: count(1_000),
  quantity: count(10_000),
  specialRequests: orNull(optionalText(1_000)),
  paymentMethod,
}
const request = record<BookingRequest>({ ...requestFields, price: orNull(money) })

export const booking = record<Booking>({
  id,
  ...requestFields,
  ownerId: subject,
  travelerId: subject,
  kind,
  price: money,
  status: fc.constantFrom(...Status.options),
  reason: orNull(text(100)),
  version: count(100),
  holdExpiresAt: orNull(instant),
  createdAt: instant,
  updatedAt: instant,
  dialect: fc.constantFrom(...DialectName.options),
  cancellationPolicy: details.cancellationPolicy,
  payment: orNull(payment),
  endsAt: orNull(instant),
  remindedAt: orNull(instant),
  timeZone: orNull(details.timeZone),
})

const commandFields = { id, listingId: id, actor, at: instant }
const keyed = { bodyHash: fc.stringMatching(/^[0-9a-f]{64}$/) }
const decision = { ...commandFields, bookingId: id }
const expected = {
  ...keyed,
  expectedVersion: fc.oneof(count(100), fc.array(count(100), { minLength: 1, maxLength: 3 })),
}
const reason = orNull(text(500))

/** A generator of commands for each type. */
export const commands = {
  PublishListing: recordWith({ type: fc.constant('PublishListing'), ...commandFields, listing }, keyed).map(
    (command) => ({
      ...command,
      listing: { ...command.listing, id: command.listingId },
    }),
  ),
  ChangeListing: recordWith({ type: fc.constant('ChangeListing'), ...commandFields, changes }, keyed),
  WithdrawListing: recordWith({ type: fc.constant('WithdrawListing'), ...commandFields }, keyed),
  RequestBooking: recordWith(
    { type: fc.constant('RequestBooking'), ...decision, dialect: fc.constantFrom(...DialectName.options), request },
    keyed,
  ),
  AcceptBooking: recordWith({ type: fc.constant('AcceptBooking'), ...decision }, expected),
  RejectBooking: recordWith({ type: fc.constant('RejectBooking'), ...decision, reason }, expected),
  CancelBooking: recordWith({ type: fc.constant('CancelBooking'), ...decision, reason }, expected),
  BlockDays: recordWith({ type: fc.constant('BlockDays'), ...commandFields, block }, keyed),
  UnblockDays: recordWith({ type: fc.constant('UnblockDays'), ...commandFields, blockId: id }, keyed),
  RemindOwner: recordWith({ type: fc.constant('RemindOwner'), ...decision }, keyed),
  ExpireBooking: recordWith({ type: fc.constant('ExpireBooking'), ...decision }, keyed),
  CompleteBooking: recordWith({ type: fc.constant('CompleteBooking'), ...decision }, keyed),
  RecordPayment: recordWith({ type: fc.constant('RecordPayment'), ...decision, report }, keyed),
} satisfies { [T in Command['type']]: fc.Arbitrary<Extract<Command, { type: T }>> }

const eventFields = {
  id: fc.tuple(id, fc.nat(3)).map(([command, n]) => `${command}:${n}`),
  seq: count(1_000_000),
  listingId: id,
  at: instant,
  actor,
  command: recordWith(
    {
      id,
      type: fc.constantFrom<Command['type']>('RequestBooking', 'AcceptBooking', 'ChangeListing'),
      partition: fc.nat(2),
      offset: fc.maxSafeNat(),
      events: count(2),
    },
    keyed,
  ),
}

export const bookingEventOf = (type: BookingEvent['type']): fc.Arbitrary<BookingEvent> =>
  record<BookingEvent>({
    type: fc.constant(type),
    ...eventFields,
    bookingId: id,
    previousStatus: orNull(fc.constantFrom(...Status.options)),
    reason,
    booking,
  })
const listingEventOf = (type: ListingEvent['type']): fc.Arbitrary<ListingEvent> =>
  record<ListingEvent>({ type: fc.constant(type), ...eventFields, listing, block: orNull(block) })
const refusal: fc.Arbitrary<CommandRefused> = record<CommandRefused>({
  type: fc.constant('command.refused'),
  ...eventFields,
  bookingId: orNull(id),
  reason: fc.constantFrom(...REFUSALS),
  booking: orNull(booking),
})

/** A generator of events for each type. */
export const events: [Event['type'], fc.Arbitrary<Event>][] = [
  ...BOOKING_EVENTS.map((type) => [type, bookingEventOf(type)] as [Event['type'], fc.Arbitrary<Event>]),
  ...LISTING_EVENTS.map((type) => [type, listingEventOf(type)] as [Event['type'], fc.Arbitrary<Event>]),
  ['command.refused', refusal],
]
export const event: fc.Arbitrary<Event> = fc.oneof(...events.map(([, some]) => some))
