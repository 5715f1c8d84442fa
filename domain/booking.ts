import { z } from 'zod'
import { Subject } from './actor.ts'
import { CivilDate, daysBetween, Instant, TimeZone } from './civil.ts'
import { CancellationPolicy, DEFAULT_CANCELLATION_POLICY } from './cancellation.ts'
import { DialectName } from './dialects/name.ts'
import { Id } from './ids.ts'
import { Kind, KINDS, UNITS, WITH_UNIT_PER_GUEST, WITHOUT_CHECK_OUT } from './kinds.ts'
import { MAX_DAYS } from './listing.ts'
import { Money, SentMoney } from './money.ts'
import { Payment, PaymentMethod } from './payment.ts'
import { OptionalProse } from './text.ts'

interface StateEntry {
  /** The others are terminal. A live booking holds its inventory, except a pending one of a listing without `holdOnRequest`. */
  live: boolean
  /** The hold ends at `holdExpiresAt`. */
  expires: boolean
  /** A booking gets here only by a confirmation. */
  confirmed: boolean
}

/** The states of a booking; `listing/transitions.ts` has the transitions between them. */
export const STATES = {
  pending: { live: true, expires: true, confirmed: false },
  accepted: { live: true, expires: true, confirmed: false },
  confirmed: { live: true, expires: false, confirmed: true },
  completed: { live: false, expires: false, confirmed: true },
  rejected: { live: false, expires: false, confirmed: false },
  expired: { live: false, expires: false, confirmed: false },
  cancelled: { live: false, expires: false, confirmed: false },
  failed: { live: false, expires: false, confirmed: false },
} as const satisfies Record<string, StateEntry>

export type Status = keyof typeof STATES
export const Status = z.enum(Object.keys(STATES) as [Status, ...Status[]])

export const isLive = (status: Status): boolean => STATES[status].live

/** An empty text means no special requests. */
export const SpecialRequests = OptionalProse(1_000)

/** What a traveler asks for. */
export const BookingRequest = z.strictObject({
  listingId: Id,
  checkIn: CivilDate.describe('First night or day, or the day of departure.'),
  checkOut: CivilDate.nullable().default(null).describe(`Day of leaving. Null for: ${WITHOUT_CHECK_OUT}.`),
  guests: z.int().min(1).max(1_000),
  quantity: z
    .int()
    .min(1)
    .max(10_000)
    .nullable()
    .default(null)
    .describe(`How many ${UNITS}. By default one, or one for each guest: ${WITH_UNIT_PER_GUEST}.`),
  specialRequests: SpecialRequests.nullable().default(null),
  price: SentMoney.nullable()
    .default(null)
    .describe('Expected total price. If it differs from the actual price, the request fails with `price_mismatch`.'),
  paymentMethod: PaymentMethod.nullable()
    .default(null)
    .describe("The payment provider's token for a payment method, never a card number."),
})
export type BookingRequest = z.infer<typeof BookingRequest>

/** A field that can make a request impossible. */
export type RequestField = 'checkIn' | 'checkOut' | 'guests' | 'quantity' | 'price'

/**
 * What is wrong with the check-out of a span, or null.
 * @param kind null while the listing is not known; then a missing check-out is not judged
 */
export function spanFault({ checkIn, checkOut }: Span, kind: Kind | null): string | null {
  const needsOne = kind === null ? checkOut !== null : KINDS[kind].span.hasCheckOut
  if (!needsOne) return checkOut === null ? null : `must be left out: a ${kind} has no check-out`
  if (checkOut === null) return `is missing: a ${kind} needs one`
  const days = daysBetween(checkIn, checkOut)
  if (days < 1) return 'must lie after the check-in'
  return days > MAX_DAYS ? `must be at most ${MAX_DAYS} days after the check-in` : null
}

type Span = Pick<BookingRequest, 'checkIn' | 'checkOut'>

export const Booking = z.strictObject({
  id: Id,
  listingId: Id,
  ownerId: Subject,
  travelerId: Subject,
  kind: Kind,
  checkIn: CivilDate,
  checkOut: CivilDate.nullable(),
  guests: z.int(),
  quantity: z.int(),
  price: Money,
  specialRequests: z.string().nullable(),
  status: Status,
  reason: z.string().nullable().describe('Reason of a rejection, cancellation or failure, if there is one.'),
  version: z.int().describe('Starts at 1 and increases by one with every change.'),
  holdExpiresAt: Instant.nullable().describe(
    'When a pending or accepted booking stops holding its inventory; null in other states.',
  ),
  createdAt: Instant,
  updatedAt: Instant,
  dialect: DialectName.describe('In which spelling it was asked for.'),
  cancellationPolicy: CancellationPolicy.default(DEFAULT_CANCELLATION_POLICY).describe(
    'That of the listing at the request.',
  ),
  payment: Payment.nullable().default(null).describe('Null if the booking needs no payment.'),
  paymentMethod: PaymentMethod.nullable().default(null),
  endsAt: Instant.nullable()
    .default(null)
    .describe('When a confirmed booking is completed; null if its check-in had passed at the request.'),
  remindedAt: Instant.nullable().default(null).describe('When the owner was reminded to decide.'),
  timeZone: TimeZone.nullable().default(null).describe('That of the listing at the request; null in older bookings.'),
})
export type Booking = z.infer<typeof Booking>

/** A booking as clients see it. The other fields only matter to our processes. */
export const PublicBooking = Booking.omit({
  dialect: true,
  paymentMethod: true,
  endsAt: true,
  remindedAt: true,
  timeZone: true,
})
export type PublicBooking = z.infer<typeof PublicBooking>

export const publicBooking = ({
  dialect: _dialect,
  paymentMethod: _method,
  endsAt: _endsAt,
  remindedAt: _remindedAt,
  timeZone: _timeZone,
  ...booking
}: Booking): PublicBooking => booking

/** A booking just requested: fields that follow from its listing are null if the listing could not be read. */
export type PendingBooking = {
  [K in keyof PublicBooking]: K extends 'ownerId' | 'kind' | 'price' | 'quantity' | 'cancellationPolicy'
    ? PublicBooking[K] | null
    : PublicBooking[K]
}
