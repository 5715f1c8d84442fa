import { z } from 'zod'
import { BookingRequest, PublicBooking as Booking, Status } from '#domain/booking.ts'
import { CancellationPolicy, CancellationTerm } from '#domain/cancellation.ts'
import { FAILURES } from '#domain/event.ts'
import { Id } from '#domain/ids.ts'
import { SPAN_UNITS } from '#domain/kinds.ts'
import { Money } from '#domain/money.ts'
import { ConfirmationPolicy } from '#domain/policies.ts'
import type { CancellationQuote as Quoted } from '#domain/quotes.ts'
import { forward } from '../reads/forward.ts'
import { callerOf } from '../reads/query-client.ts'
import { quoteOf } from '../reads/quote.ts'
import * as examples from '../reference/examples.ts'
import { Fault } from '../reference/responses.ts'
import { EVERYONE, route, type Route } from './route.ts'

const QuoteRequest = BookingRequest.pick({
  listingId: true,
  checkIn: true,
  checkOut: true,
  guests: true,
  quantity: true,
})

const Terms = z
  .array(CancellationTerm)
  .describe('A traveler who cancels before `until` gets `percent` of the price back; after the last one, nothing.')

const { listingId, kind, checkIn, checkOut, guests, quantity } = Booking.shape

const Quote = z.strictObject({
  listingId,
  kind,
  checkIn,
  checkOut,
  nights: z.int().describe('Nights or days that are paid; 1 for a departure.'),
  guests,
  quantity,
  unitPrice: Money.describe(`Per ${SPAN_UNITS}, for one unit.`),
  price: Money.describe('The total. Send it as `price` of the request to book at no other price.'),
  available: z.boolean().describe('Whether a request would succeed now.'),
  reason: z.enum(FAILURES).nullable().describe('The first reason why a request would fail.'),
  errors: z.array(Fault).describe('The field that is the cause, if there is one.'),
  confirmationPolicy: ConfirmationPolicy,
  cancellationPolicy: CancellationPolicy,
  terms: Terms,
}) satisfies z.ZodType<Awaited<ReturnType<typeof quoteOf>>>

const CancellationQuote = z.strictObject({
  bookingId: Id,
  status: Status,
  cancellationPolicy: CancellationPolicy,
  price: Money,
  percent: z.int().describe('The part of the price that the traveler gets back, or does not have to pay.'),
  refund: Money.describe('The same as an amount.'),
  fee: Money.describe('The rest of the price, which the traveler loses.'),
  terms: Terms,
}) satisfies z.ZodType<Quoted>

export const QUOTE_SCHEMAS = { QuoteRequest, Quote, CancellationTerm, CancellationQuote }

const { listing, confirmed } = examples
const terms = [{ until: '2030-11-30T00:00:00.000Z', percent: 100 }]

const quote: z.infer<typeof Quote> = {
  listingId: listing.id,
  kind: listing.kind,
  ...examples.SPAN,
  nights: 4,
  guests: 2,
  quantity: 1,
  unitPrice: listing.price,
  price: confirmed.price,
  available: true,
  reason: null,
  errors: [],
  confirmationPolicy: listing.confirmationPolicy,
  cancellationPolicy: listing.cancellationPolicy,
  terms,
}

const cancellationQuote: z.infer<typeof CancellationQuote> = {
  bookingId: confirmed.id,
  status: confirmed.status,
  cancellationPolicy: confirmed.cancellationPolicy,
  price: confirmed.price,
  percent: 100,
  refund: confirmed.price,
  fee: { ...confirmed.price, amount: 0 },
  terms,
}

export const cancellationQuoteRoute: Route = route({
  method: 'GET',
  path: '/v1/bookings/:id/cancellation-quote',
  access: { roles: EVERYONE, owned: 'booking' },
  flow: 'read',
  operationId: 'quoteCancellation',
  summary: 'Read what a cancellation would give back',
  description:
    "What the traveler gets back if the caller cancels now. The cancellation policy applies to the traveler's own cancellation of a confirmed booking; any other cancellation gives everything back.",
  parameters: ['bookingId'],
  responses: {
    200: { description: 'The quote.', schema: CancellationQuote, example: cancellationQuote },
  },
  problems: ['unknown_booking', 'booking_already_decided'],
  handle: forward,
})

export const quoteRoute: Route = route({
  method: 'POST',
  path: '/v1/quotes',
  access: { roles: EVERYONE },
  flow: 'read',
  operationId: 'quoteBooking',
  summary: 'Read the price and availability of a booking',
  description:
    'Returns the price, whether a request would succeed now, and the cancellation terms. Writes nothing and holds nothing, so it needs no `Idempotency-Key`.',
  body: {
    schema: QuoteRequest,
    examples: {
      stay: { listingId: examples.LISTING_ID, ...examples.SPAN, guests: 2 },
      flight: { listingId: 'FLIGHT456', checkIn: '2030-12-01', guests: 3 },
    },
  },
  responses: { 200: { description: 'The quote.', schema: Quote, example: quote } },
  problems: ['unknown_listing', 'invalid_dates'],
  async handle(c, deps, asked) {
    return c.json(await quoteOf(deps, asked, c.get('principal'), callerOf(c, ['consistency-token'])))
  },
})
