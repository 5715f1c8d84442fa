import { z } from 'zod'
import { Subject } from '../actor.ts'
import type { PendingBooking, Status, BookingRequest } from '../booking.ts'
import { CivilDate, instantOf } from '../civil.ts'
import { RequestBooking } from '../command.ts'
import { commandIdOf, Id, uuidDigitsOf } from '../ids.ts'
import { reasonOf } from '../outcome.ts'
import { type Listing, ListingDraft, MAX_UNIT_PRICE } from '../listing.ts'
import { Currency, fromMajor, toMajor } from '../money.ts'
import type { Dialect, Hint } from './dialect.ts'

/** airbnb's spelling: camel case, properties, days as midnights, prices as numbers, ids of 24 hex digits, three words for the status. */

/** A day, or its first midnight in any time zone: browsers send both. */
const Day = z
  .string()
  .regex(
    new RegExp(`^(?!0000)${z.regexes.date.source.slice(1, -1)}(T00:00(:00(\\.0{1,9})?)?(Z|[+-]\\d\\d:\\d\\d)?)?$`),
    'must be a date such as 2025-12-01, or a midnight such as 2025-12-01T00:00:00.000Z',
  )
  .transform((at) => at.slice(0, 10))
  .pipe(CivilDate)

const Guests = z.int().min(1).max(1_000)

/** The body of `POST /api/travelers/bookings`. */
export const AirbnbRequest = z.strictObject({
  propertyId: Id,
  checkIn: Day.describe('First night, as a date or as midnight of that date.'),
  checkOut: Day.describe('Day of departure, as a date or as midnight of that date.'),
  guests: Guests,
  totalPrice: z
    .number()
    .min(0)
    .max(1e12)
    .optional()
    .describe('Price that the client expects, in major units; a different price returns `price_mismatch`.'),
})

/** Without the price, because only the listing knows its currency. */
export const decodeBody = (body: Omit<z.infer<typeof AirbnbRequest>, 'totalPrice'>): BookingRequest => ({
  listingId: body.propertyId,
  checkIn: body.checkIn,
  checkOut: body.checkOut,
  guests: body.guests,
  quantity: 1,
  specialRequests: null,
  price: null,
  paymentMethod: null,
})

const STATUS: Readonly<Record<Status, 'PENDING' | 'ACCEPTED' | 'CANCELLED'>> = {
  pending: 'PENDING',
  accepted: 'ACCEPTED',
  confirmed: 'ACCEPTED',
  completed: 'ACCEPTED',
  rejected: 'CANCELLED',
  expired: 'CANCELLED',
  cancelled: 'CANCELLED',
  failed: 'CANCELLED',
}

/** 24 hex digits: the first 96 bits of a UUID. */
const aliasOf = (bookingId: string): string | null => uuidDigitsOf(bookingId)?.slice(0, 24) ?? null

/** An id from elsewhere may have no alias; then the document shows the id. */
const nameOf = (bookingId: string): string => aliasOf(bookingId) ?? bookingId

const midnight = (day: CivilDate): string => `${day}T00:00:00.000Z`

export const encodeBooking = (booking: PendingBooking, propertyName: string | null) => ({
  bookingId: nameOf(booking.id),
  propertyId: booking.listingId,
  propertyName,
  travelerId: booking.travelerId,
  ownerId: booking.ownerId,
  checkIn: midnight(booking.checkIn),
  checkOut: booking.checkOut && midnight(booking.checkOut),
  guests: booking.guests,
  totalPrice: booking.price && toMajor(booking.price),
  status: STATUS[booking.status],
  reason: reasonOf(booking),
  createdAt: booking.createdAt,
  updatedAt: booking.updatedAt,
  id: booking.id,
})

/** The documents name a property service without its fields. These are the names of their bookings. */
export const encodeProperty = (listing: Listing & { withdrawn?: true }) => ({
  propertyId: listing.id,
  propertyName: listing.name,
  ownerId: listing.ownerId,
  guests: listing.maxGuests,
  pricePerNight: toMajor(listing.price),
  currency: listing.price.currency,
  ...(listing.withdrawn && { withdrawn: listing.withdrawn }),
})

/** The fields of {@link encodeProperty} that an owner sets. */
const property = {
  propertyName: ListingDraft.shape.name,
  guests: ListingDraft.shape.maxGuests,
  pricePerNight: z
    .number()
    .min(0)
    .max(MAX_UNIT_PRICE)
    .describe("In major units of the property's currency, with at most its decimals and 2 000 000 000 minor units."),
}

/** The body of `PUT /api/properties/:id`: the whole property. */
export const AirbnbPropertyChanges = z.strictObject({
  ...property,
  currency: Currency.optional().describe('By default the currency that the property has.'),
  propertyId: Id.optional().meta({ readOnly: true, description: 'Must be the id in the path.' }),
  ownerId: Subject.optional().meta({ readOnly: true, description: 'Must be the current owner.' }),
})

/** The body of `POST /api/properties`. */
export const AirbnbNewProperty = z.strictObject({
  propertyId: Id.optional().describe('Generated if absent.'),
  ...property,
  currency: Currency.default('USD'),
})

/** Null if the currency has no such price, or the price is too large. */
export function decodeProperty(body: Omit<z.infer<typeof AirbnbNewProperty>, 'propertyId'>) {
  const price = fromMajor(body.pricePerNight, body.currency)
  if (price === null || price.amount > MAX_UNIT_PRICE) return null
  return { name: body.propertyName, maxGuests: body.guests, price }
}

/** The document's `booking-created`. */
const encodeRequest = (command: RequestBooking, hint?: Hint) => ({
  type: 'booking-created',
  bookingId: nameOf(command.bookingId),
  propertyId: command.listingId,
  propertyName: hint?.name ?? null,
  travelerId: command.actor.id,
  ownerId: hint?.ownerId ?? null,
  checkIn: midnight(command.request.checkIn),
  checkOut: command.request.checkOut && midnight(command.request.checkOut),
  guests: command.request.guests,
  totalPrice: hint?.price ?? null,
  timestamp: command.at,
})

const Recognized = z.looseObject({ type: z.literal('booking-created') })

/** `booking-created` as the document has it, from a foreign producer. */
const Documented = z.looseObject({
  bookingId: Id,
  propertyId: Id,
  travelerId: Subject,
  checkIn: Day,
  checkOut: Day,
  guests: Guests.default(1),
  timestamp: z.iso.datetime({ offset: true }).transform((at) => instantOf(Date.parse(at))),
})

/** The message has no id of its own: two messages about one booking are one command. */
function decodeRequest(body: unknown): RequestBooking {
  const request = Documented.parse(body)
  return RequestBooking.parse({
    type: 'RequestBooking',
    id: commandIdOf(request.travelerId, 'booking-created', request.propertyId, request.bookingId),
    listingId: request.propertyId,
    actor: { role: 'traveler', id: request.travelerId },
    at: request.timestamp,
    bookingId: request.bookingId,
    dialect: 'airbnb',
    request: decodeBody(request),
  })
}

export const airbnb = {
  spelling: { fields: { price: 'totalPrice' }, price: (price) => String(toMajor(price)) },
  // Users of the document search for these words.
  logMessages: {
    requested: '📤 Booking request published to Kafka',
    updated: (status) => `📤 Booking ${STATUS[status]} update published to Kafka`,
  },
  aliasOf,
  encodeRequest,
  recognize: (body) => Recognized.safeParse(body).success,
  decodeRequest,
} satisfies Dialect
