import type { Booking, Status, BookingRequest } from '../booking.ts'
import type { Command, RequestBooking } from '../command.ts'
import type { FailureReason, Refusal } from '../event.ts'
import type { Listing } from '../listing.ts'

/** For tests only. The nights that the tests use. */
export const NIGHTS = Array.from({ length: 9 }, (_, n) => `2026-03-2${n + 1}`)

/** Booking ids. The second shares the first 24 hex digits of the first, the third its last 53 bits. */
export const BOOKING_IDS = [
  '11111111-1111-5111-8111-111111111111',
  '11111111-1111-5111-8111-1111ffffffff',
  '22222222-2222-5222-8111-111111111111',
  '33333333-3333-5333-8333-333333333333',
  '44444444-4444-5444-8444-444444444444',
  'booking-5',
  'booking-6',
]
const [FIRST, ...TWINS] = BOOKING_IDS.slice(0, 3)
const areTwins = (one: string, other: string): boolean =>
  (one === FIRST && TWINS.includes(other)) || (other === FIRST && TWINS.includes(one))

type Decision = Extract<Command, { expectedVersion?: unknown }>

const LIVE: Status[] = ['pending', 'accepted', 'confirmed']

/** Written out as `type` or `type: reason`. */
export type Outcome = string
const refused = (reason: Refusal): [Outcome] => [`command.refused: ${reason}`]

export type NaiveBooking = Pick<Booking, 'id' | 'travelerId' | 'status' | 'version' | 'quantity' | 'price'> & {
  nights: string[]
  /** Not yet archived. */
  held: boolean
}

/** For tests only: a slow and plain listing to compare the decider with. It scans one list of bookings for every question. */
export class NaiveListing {
  listing: Listing | null = null
  withdrawn = false
  bookings: NaiveBooking[] = []

  handle(command: Command): Outcome[] {
    switch (command.type) {
      case 'PublishListing':
        return this.#publish(command)
      case 'ChangeListing':
        return this.#change(command, 'listing.changed', command.changes, false)
      case 'WithdrawListing':
        return this.#change(command, 'listing.withdrawn', {}, true)
      case 'RequestBooking':
        return this.#request(command)
      case 'AcceptBooking':
      case 'RejectBooking':
      case 'CancelBooking':
        return this.#settle(command)
      default:
        throw new Error(`not in this model: ${command.type}`)
    }
  }

  archive(): void {
    for (const booking of this.bookings) if (!LIVE.includes(booking.status)) booking.held = false
  }

  takenOn(night: string): number {
    let taken = 0
    for (const { nights, status, quantity } of this.bookings) {
      if (LIVE.includes(status) && nights.includes(night)) taken += quantity
    }
    return taken
  }

  #publish({ actor, listing }: Extract<Command, { type: 'PublishListing' }>): Outcome[] {
    if (!mayManage(actor, listing.ownerId)) return refused('not_yours')
    if (this.listing && !this.withdrawn) return refused('listing_exists')
    if (this.listing && this.listing.ownerId !== listing.ownerId) return refused('listing_exists')
    if (this.listing && this.listing.kind !== listing.kind) return refused('listing_exists')
    const booked = NIGHTS.some((night) => this.takenOn(night) > 0)
    if (booked && this.listing?.confirmationPolicy !== listing.confirmationPolicy) return refused('listing_exists')
    return this.#become('listing.published', listing, false)
  }

  #change({ actor }: Command, outcome: Outcome, changes: Partial<Listing>, withdrawn: boolean): Outcome[] {
    if (!this.listing) return refused('unknown_listing')
    if (!mayManage(actor, this.listing.ownerId)) return refused('not_yours')
    if (this.withdrawn) return refused('listing_withdrawn')
    return this.#become(outcome, { ...this.listing, ...changes }, withdrawn)
  }

  #become(outcome: Outcome, listing: Listing, withdrawn: boolean): Outcome[] {
    for (const night of NIGHTS) if (this.takenOn(night) > listing.capacity) return refused('capacity_taken')
    this.listing = listing
    this.withdrawn = withdrawn
    return [outcome]
  }

  #request({ bookingId, actor, request }: RequestBooking): Outcome[] {
    if (this.bookings.some(({ id }) => id === bookingId)) return refused('already_requested')
    if (!this.listing) return refused('unknown_listing')

    const failure = this.#failureOf(bookingId, request, this.listing)
    const instant = this.listing.confirmationPolicy === 'instant'
    const nights = nightsOf(request, this.listing) ?? []
    const quantity = quantityOf(request, this.listing)
    this.bookings.push({
      id: bookingId,
      travelerId: actor.id,
      status: failure ? 'failed' : instant ? 'confirmed' : 'pending',
      version: !failure && instant ? 2 : 1,
      nights,
      quantity,
      price: { ...this.listing.price, amount: this.listing.price.amount * nights.length * quantity },
      held: true,
    })
    if (failure) return [`booking.failed: ${failure}`]
    return instant ? ['booking.created', 'booking.confirmed'] : ['booking.created']
  }

  #failureOf(bookingId: string, request: BookingRequest, listing: Listing): FailureReason | null {
    const nights = nightsOf(request, listing)
    if (this.withdrawn) return 'listing_withdrawn'
    if (!nights) return 'invalid_dates'
    if (request.guests > listing.maxGuests) return 'too_many_guests'
    const cost = listing.price.amount * nights.length * quantityOf(request, listing)
    if (request.price && request.price.amount !== cost) return 'price_mismatch'
    if (request.price && request.price.currency !== listing.price.currency) return 'price_mismatch'
    for (const night of nights)
      if (this.takenOn(night) + quantityOf(request, listing) > listing.capacity) return 'dates_unavailable'
    return this.bookings.some(({ id, held }) => held && areTwins(id, bookingId)) ? 'alias_taken' : null
  }

  #settle(command: Decision): Outcome[] {
    const booking = this.bookings.find(({ id }) => id === command.bookingId)
    if (!booking) return refused('unknown_booking')
    const { type, actor, expectedVersion } = command
    const cancels = type === 'CancelBooking'
    const isTraveler = actor.role === 'traveler' && actor.id === booking.travelerId

    if (!mayManage(actor, this.listing!.ownerId) && !(cancels && isTraveler)) return refused('not_yours')
    if (expectedVersion !== undefined && !new Set([expectedVersion].flat()).has(booking.version))
      return refused('version_mismatch')
    const open = cancels ? LIVE : ['pending']
    if (!open.includes(booking.status)) return refused('booking_already_decided')
    const { confirmationPolicy } = this.listing!
    if (!cancels && !confirmationPolicy.startsWith('owner')) return refused('owner_does_not_decide')

    const accepted = confirmationPolicy === 'owner' ? 'confirmed' : 'accepted'
    booking.status = cancels ? 'cancelled' : type === 'RejectBooking' ? 'rejected' : accepted
    booking.version++
    return [`booking.${booking.status}`]
  }
}

const mayManage = ({ role, id }: Command['actor'], ownerId: string): boolean =>
  ['admin', 'system'].includes(role) || (role === 'owner' && id === ownerId)

/** Null when the span is not valid. */
const quantityOf = ({ quantity, guests }: BookingRequest, { kind }: Listing): number =>
  quantity ?? (kind === 'flight' ? guests : 1)

function nightsOf({ checkIn, checkOut }: BookingRequest, { kind }: Listing): string[] | null {
  if (kind === 'flight') return checkOut === null ? [checkIn] : null
  if (checkOut === null || checkOut > '2026-04-01') return null
  const nights = NIGHTS.filter((night) => checkIn <= night && night < checkOut)
  return nights.length > 0 ? nights : null
}
