import type { Role } from './actor.ts'
import type { Booking } from './booking.ts'
import { type CancellationPolicy, type CancellationTerm, partOf, termsOf, zoneOf } from './cancellation.ts'
import { daysOf, type Instant } from './civil.ts'
import type { RequestBooking } from './command.ts'
import { type Failure, failureOf, priceOf, withQuantity } from './listing/request.ts'
import { refundPercentOf } from './listing/settle.ts'
import type { ListingState } from './listing/state.ts'
import type { Listing } from './listing.ts'
import type { Money } from './money.ts'

/** What a booking would cost, and what its cancellation would give back. A quote decides nothing. */

/** The price of a request, and the first reason why the listing cannot take it. The span must fit the kind of the listing. */
export function quoteRequest(command: RequestBooking, state: ListingState, listing: Listing) {
  const { checkIn, checkOut, guests, quantity } = withQuantity(command.request, listing)
  const { id: listingId, kind, confirmationPolicy, cancellationPolicy, timeZone } = listing
  const failure: Failure | null = failureOf(command, state, listing)
  const quote = {
    listingId,
    kind,
    checkIn,
    checkOut,
    nights: daysOf({ checkIn, checkOut }).length,
    guests,
    quantity,
    unitPrice: listing.price,
    price: priceOf({ checkIn, checkOut, quantity }, listing),
    confirmationPolicy,
    cancellationPolicy,
    terms: termsOf({ cancellationPolicy, checkIn, timeZone, createdAt: command.at }),
  }
  return { quote, failure }
}

export interface CancellationQuote {
  bookingId: string
  status: Booking['status']
  cancellationPolicy: CancellationPolicy
  price: Money
  percent: number
  refund: Money
  fee: Money
  terms: CancellationTerm[]
}

/** What a cancellation of a live booking at an instant gives back. Before its confirmation nothing is lost. */
export function quoteCancellation(
  booking: Pick<Booking, 'id' | 'status' | 'cancellationPolicy' | 'price' | 'checkIn' | 'createdAt' | 'timeZone'>,
  listing: Pick<Listing, 'timeZone'>,
  by: Role,
  at: Instant,
): CancellationQuote {
  const { id: bookingId, status, cancellationPolicy, price } = booking
  const percent = status === 'confirmed' ? refundPercentOf(booking, listing, by, at) : 100
  const refund = { ...price, amount: partOf(price.amount, percent) }
  const fee = { ...price, amount: price.amount - refund.amount }
  const terms = termsOf({ ...booking, timeZone: zoneOf(booking, listing) })
  return { bookingId, status, cancellationPolicy, price, percent, refund, fee, terms }
}
