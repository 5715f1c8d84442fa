import type { Block } from '../block.ts'
import type { Booking, BookingRequest, Status } from '../booking.ts'
import type { CancellationPolicy } from '../cancellation.ts'
import type { Command, RequestBooking } from '../command.ts'
import type { FailureReason, Refusal } from '../event.ts'
import type { Listing } from '../listing.ts'
import type { Payment, PaymentReport, PaymentStatus } from '../payment.ts'

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

type Of<T extends Command['type']> = Extract<Command, { type: T }>
type Settling = Exclude<Extract<Command, { bookingId: string }>, RequestBooking>

const LIVE: ReadonlySet<Status> = new Set(['pending', 'accepted', 'confirmed'])
const HOUR = 3_600_000
const DAY = 24 * HOUR

/** Written out as `type` or `type: reason`. */
export type Outcome = string
const refused = (reason: Refusal): [Outcome] => [`command.refused: ${reason}`]

export interface NaiveBooking extends Pick<
  Booking,
  'id' | 'travelerId' | 'status' | 'version' | 'quantity' | 'price' | 'cancellationPolicy'
> {
  nights: string[]
  /** Times are in milliseconds. */
  requestedAt: number
  holdEnds: number | null
  /** Null: never. */
  ends: number | null
  timeZone: string
  remindedAt: number | null
  wasConfirmed: boolean
  payment: Pick<Payment, 'status' | 'refunded' | 'refundDue'> | null
  /** Not archived, or changed by a payment since. */
  held: boolean
}

/**
 * For tests only: a slow and plain listing to compare the decider with. It scans one list of bookings for every question, and uses
 * nothing of the decider but its types.
 */
export class NaiveListing {
  listing: Listing | null = null
  withdrawn = false
  bookings: NaiveBooking[] = []
  blocks: Block[] = []

  handle(command: Command): Outcome[] {
    const outcomes = this.#outcomesOf(command)
    return [...this.#rejectWaiting(), ...outcomes]
  }

  archive(): void {
    for (const booking of this.bookings) if (!LIVE.has(booking.status)) booking.held = false
  }

  takenOn(night: string): number {
    let taken = 0
    for (const { nights, status, quantity } of this.bookings) {
      const holds = status === 'pending' ? this.listing!.holdOnRequest : LIVE.has(status)
      if (holds && nights.includes(night)) taken += quantity
    }
    return taken
  }

  isBlocked(night: string): boolean {
    return this.blocks.some(({ from, to }) => from <= night && night < to)
  }

  #outcomesOf(command: Command): Outcome[] {
    switch (command.type) {
      case 'PublishListing':
        return this.#publish(command)
      case 'ChangeListing':
        return this.#change(command, 'listing.changed', command.changes, false)
      case 'WithdrawListing':
        return this.#change(command, 'listing.withdrawn', {}, true)
      case 'BlockDays':
        return this.#block(command)
      case 'UnblockDays':
        return this.#unblock(command)
      case 'RequestBooking':
        return this.#request(command)
      default:
        return this.#settle(command)
    }
  }

  #publish({ actor, listing }: Of<'PublishListing'>): Outcome[] {
    if (!mayManage(actor, listing.ownerId)) return refused('not_yours')
    if (this.listing && !this.withdrawn) return refused('listing_exists')
    if (this.listing && this.listing.ownerId !== listing.ownerId) return refused('listing_exists')
    if (this.listing && this.listing.kind !== listing.kind) return refused('listing_exists')
    const booked = this.bookings.some(({ status }) => LIVE.has(status))
    if (booked && this.listing?.confirmationPolicy !== listing.confirmationPolicy) return refused('listing_exists')
    if (booked && this.listing?.holdOnRequest !== listing.holdOnRequest) return refused('listing_exists')
    return this.#become('listing.published', listing, false)
  }

  #change({ actor }: Command, outcome: Outcome, changes: Partial<Listing>, withdrawn: boolean): Outcome[] {
    const fault = this.#faultOfOwner(actor)
    return fault ? refused(fault) : this.#become(outcome, { ...this.listing!, ...changes }, withdrawn)
  }

  #faultOfOwner(actor: Command['actor']): Refusal | null {
    if (!this.listing) return 'unknown_listing'
    if (!mayManage(actor, this.listing.ownerId)) return 'not_yours'
    return this.withdrawn ? 'listing_withdrawn' : null
  }

  #become(outcome: Outcome, listing: Listing, withdrawn: boolean): Outcome[] {
    if (listing.minNights > listing.maxNights) return refused('invalid_listing')
    if (this.listing)
      for (const night of NIGHTS) if (this.takenOn(night) > listing.capacity) return refused('capacity_taken')
    this.listing = listing
    this.withdrawn = withdrawn
    return [outcome]
  }

  #block({ actor, block }: Of<'BlockDays'>): Outcome[] {
    const fault = this.#faultOfOwner(actor)
    if (fault) return refused(fault)
    for (const night of NIGHTS)
      if (block.from <= night && night < block.to && this.takenOn(night) > 0) return refused('days_booked')
    this.blocks = [...this.blocks.filter(({ id }) => id !== block.id), block]
    return ['listing.blocked']
  }

  #unblock({ actor, blockId }: Of<'UnblockDays'>): Outcome[] {
    const fault = this.#faultOfOwner(actor)
    if (fault) return refused(fault)
    if (!this.blocks.some(({ id }) => id === blockId)) return refused('unknown_block')
    this.blocks = this.blocks.filter(({ id }) => id !== blockId)
    return ['listing.unblocked']
  }

  #request(command: RequestBooking): Outcome[] {
    const { bookingId, actor, request } = command
    if (this.bookings.some(({ id }) => id === bookingId)) return refused('already_requested')
    if (!this.listing) return refused('unknown_listing')

    const failure = this.#failureOf(command, this.listing)
    const { confirmationPolicy, cancellationPolicy, timeZone, decisionWindowMs } = this.listing
    const instant = !failure && confirmationPolicy === 'instant'
    const nights = nightsOf(request, this.listing) ?? []
    const quantity = quantityOf(request, this.listing)
    const requestedAt = Date.parse(command.at)
    const start = midnight(request.checkIn, timeZone)
    const hold = requestedAt + decisionWindowMs
    this.bookings.push({
      id: bookingId,
      travelerId: actor.id,
      status: failure ? 'failed' : instant ? 'confirmed' : 'pending',
      version: instant ? 2 : 1,
      nights,
      quantity,
      price: { ...this.listing.price, amount: this.listing.price.amount * nights.length * quantity },
      cancellationPolicy,
      timeZone,
      requestedAt,
      holdEnds: failure || instant ? null : requestedAt < start && start < hold ? start : hold,
      ends: requestedAt < start ? midnight(request.checkOut ?? dayAfter(request.checkIn, 1), timeZone) : null,
      remindedAt: null,
      wasConfirmed: instant,
      payment: confirmationPolicy.endsWith('payment') ? { status: 'none', refunded: 0, refundDue: null } : null,
      held: true,
    })
    if (failure) return [`booking.failed: ${failure}`]
    return instant ? ['booking.created', 'booking.confirmed'] : ['booking.created']
  }

  #failureOf({ bookingId, request, at }: RequestBooking, listing: Listing): FailureReason | null {
    const nights = nightsOf(request, listing)
    const quantity = quantityOf(request, listing)
    if (this.withdrawn) return 'listing_withdrawn'
    if (!nights) return 'invalid_dates'
    if (listing.kind !== 'flight' && nights.length < listing.minNights) return 'invalid_dates'
    if (listing.kind !== 'flight' && nights.length > listing.maxNights) return 'invalid_dates'
    const soonest = dayAfter(dayIn(at, listing.timeZone), listing.advanceNoticeDays)
    if (listing.advanceNoticeDays > 0 && request.checkIn < soonest) return 'invalid_dates'
    if (request.guests > listing.maxGuests) return 'too_many_guests'
    const cost = listing.price.amount * nights.length * quantity
    if (request.price && request.price.amount !== cost) return 'price_mismatch'
    if (request.price && request.price.currency !== listing.price.currency) return 'price_mismatch'
    if (!this.#hasRoom(nights, quantity)) return 'dates_unavailable'
    return this.bookings.some(({ id, held }) => held && areTwins(id, bookingId)) ? 'alias_taken' : null
  }

  #hasRoom(nights: string[], quantity: number): boolean {
    for (const night of nights) {
      if (this.takenOn(night) + quantity > this.listing!.capacity) return false
      if (this.isBlocked(night)) return false
    }
    return true
  }

  /** Rejects the requests that do not hold their nights, and whose nights are gone. */
  #rejectWaiting(): Outcome[] {
    const outcomes: Outcome[] = []
    for (const booking of this.bookings) {
      if (booking.status !== 'pending' || this.listing!.holdOnRequest) continue
      if (this.#hasRoom(booking.nights, booking.quantity)) continue
      this.#move(booking, 'rejected')
      outcomes.push('booking.rejected')
    }
    return outcomes
  }

  #settle(command: Settling): Outcome[] {
    const booking = this.bookings.find(({ id }) => id === command.bookingId)
    if (!booking) return refused('unknown_booking')
    if (!this.#mayUse(command, booking)) return refused('not_yours')
    const versions = 'expectedVersion' in command ? command.expectedVersion : undefined
    if (versions !== undefined && ![versions].flat().includes(booking.version)) return refused('version_mismatch')
    switch (command.type) {
      case 'AcceptBooking':
        return this.#agree(booking)
      case 'RejectBooking':
        return this.#faultOfDecision(booking) ?? this.#move(booking, 'rejected')
      case 'CancelBooking':
        return this.#cancel(booking, command)
      case 'RemindOwner':
        if (booking.remindedAt !== null) return refused('already_reminded')
        return this.#faultOfDecision(booking) ?? this.#remind(booking, Date.parse(command.at))
      case 'ExpireBooking':
        if (!['pending', 'accepted'].includes(booking.status)) return refused('booking_already_decided')
        return Date.parse(command.at) < booking.holdEnds! ? refused('not_due') : this.#move(booking, 'expired')
      case 'CompleteBooking':
        if (booking.status !== 'confirmed') return refused('booking_already_decided')
        if (booking.ends === null || Date.parse(command.at) < booking.ends) return refused('not_due')
        return this.#move(booking, 'completed')
      case 'RecordPayment':
        return this.#pay(booking, command.report)
    }
  }

  #mayUse({ type, actor }: Settling, { travelerId }: NaiveBooking): boolean {
    const ofOurOwn = ['RemindOwner', 'ExpireBooking', 'CompleteBooking', 'RecordPayment']
    if (ofOurOwn.includes(type)) return actor.role === 'system'
    if (actor.role === 'traveler') return type === 'CancelBooking' && actor.id === travelerId
    return mayManage(actor, this.listing!.ownerId)
  }

  #move(booking: NaiveBooking, status: Status): Outcome[] {
    booking.status = status
    booking.version++
    if (status !== 'accepted') booking.holdEnds = null
    if (status === 'confirmed') booking.wasConfirmed = true
    return [`booking.${status}`]
  }

  #faultOfDecision({ status }: NaiveBooking): Outcome[] | null {
    if (status !== 'pending') return refused('booking_already_decided')
    return this.listing!.confirmationPolicy.startsWith('owner') ? null : refused('owner_does_not_decide')
  }

  #agree(booking: NaiveBooking): Outcome[] {
    const fault = this.#faultOfDecision(booking)
    if (fault) return fault
    const enough = this.listing!.confirmationPolicy === 'owner' || booking.payment?.status === 'authorized'
    return this.#move(booking, enough ? 'confirmed' : 'accepted')
  }

  #remind(booking: NaiveBooking, at: number): Outcome[] {
    booking.remindedAt = at
    booking.version++
    return ['booking.reminded']
  }

  #cancel(booking: NaiveBooking, { actor, at }: Of<'CancelBooking'>): Outcome[] {
    if (!LIVE.has(booking.status)) return refused('booking_already_decided')
    const { amount } = booking.price
    if (booking.payment && booking.status === 'confirmed') {
      const part = actor.role === 'traveler' ? this.#partAt(booking, Date.parse(at)) : 1
      // Half a unit goes to the traveler.
      booking.payment.refundDue = Math.ceil(amount * part)
    }
    return this.#move(booking, 'cancelled')
  }

  /** What a traveler who cancels gets back: 1, half or nothing. */
  #partAt({ cancellationPolicy, nights, requestedAt, timeZone }: NaiveBooking, at: number): number {
    const isBefore = (days: number): boolean => at < midnight(dayAfter(nights[0]!, -days), timeZone)
    const parts: Record<CancellationPolicy, number> = {
      flexible: isBefore(1) ? 1 : 0,
      moderate: isBefore(5) ? 1 : 0,
      firm: isBefore(30) ? 1 : isBefore(7) ? 0.5 : 0,
      strict: isBefore(14) && at < requestedAt + 48 * HOUR ? 1 : isBefore(7) ? 0.5 : 0,
      'non-refundable': 0,
    }
    return parts[cancellationPolicy]
  }

  #pay(booking: NaiveBooking, { result, amount, reason }: PaymentReport): Outcome[] {
    const { payment, status, price } = booking
    if (!payment || !FOLLOWS.has(`${payment.status} ${result}`)) return refused('payment_settled')
    if (result === 'captured' && !booking.wasConfirmed) return refused('payment_settled')
    if (result === 'refunded' && (amount === null || amount <= payment.refunded)) return refused('payment_settled')
    if (result === 'refunded') payment.refunded = amount! < price.amount ? amount! : price.amount
    payment.status = result
    if (result === 'refunded' && payment.refunded < price.amount) payment.status = 'partially_refunded'
    // An archived booking comes back until the next batch.
    booking.held = true
    if (result === 'failed' && LIVE.has(status)) {
      this.#move(booking, 'failed')
      return [`booking.failed: ${reason ?? 'payment_failed'}`]
    }
    const isLast = status === 'accepted' || this.listing!.confirmationPolicy === 'payment'
    if (result === 'authorized' && LIVE.has(status) && isLast) return this.#move(booking, 'confirmed')
    booking.version++
    return ['booking.payment_changed']
  }
}

/** The results that may follow each state of a payment. */
const FOLLOWS: ReadonlySet<string> = new Set<`${PaymentStatus} ${PaymentReport['result']}`>([
  'none requires_action',
  'none authorized',
  'none failed',
  'requires_action authorized',
  'requires_action voided',
  'requires_action failed',
  'authorized captured',
  'authorized voided',
  'authorized failed',
  'captured refunded',
])

const mayManage = ({ role, id }: Command['actor'], ownerId: string): boolean =>
  ['admin', 'system'].includes(role) || (role === 'owner' && id === ownerId)

const quantityOf = ({ quantity, guests }: BookingRequest, { kind }: Listing): number =>
  quantity ?? (kind === 'flight' ? guests : 1)

/** Null when the span is not valid. */
function nightsOf({ checkIn, checkOut }: BookingRequest, { kind }: Listing): string[] | null {
  if (kind === 'flight') return checkOut === null ? [checkIn] : null
  if (checkOut === null || checkOut > '2026-04-01') return null
  const nights = NIGHTS.filter((night) => checkIn <= night && night < checkOut)
  return nights.length > 0 ? nights : null
}

const dayAfter = (day: string, days: number): string =>
  new Date(Date.parse(day) + days * DAY).toISOString().slice(0, 10)

/** The time zones that the tests use, with the last day that begins before each change of clocks, in hours ahead of UTC. */
const CLOCKS: Readonly<Record<string, { until: string; hours: number; later: number }>> = {
  'Europe/Lisbon': { until: '2026-03-29', hours: 0, later: 1 },
  'America/New_York': { until: '2026-03-08', hours: -5, later: -4 },
  'Asia/Kolkata': { until: '9999', hours: 5.5, later: 5.5 },
}

function midnight(day: string, timeZone: string): number {
  const { until, hours, later } = CLOCKS[timeZone]!
  return Date.parse(day) - (day <= until ? hours : later) * HOUR
}

/** The last day that has begun. */
function dayIn(at: string, timeZone: string): string {
  let day = dayAfter(at.slice(0, 10), 1)
  while (midnight(day, timeZone) > Date.parse(at)) day = dayAfter(day, -1)
  return day
}
