import { z } from 'zod'
import { Subject } from './actor.ts'
import { CivilDate, daysBetween, Instant } from './civil.ts'
import { Id } from './ids.ts'
import { Kind } from './listing.ts'
import { Money } from './money.ts'
import { OptionalText } from './text.ts'

/**
 *   pending → (accepted) → confirmed → completed
 *   pending, accepted → rejected, expired, cancelled, failed;  confirmed → cancelled
 */
export const Status = z.enum([
  'pending',
  'accepted',
  'confirmed',
  'completed',
  'rejected',
  'expired',
  'cancelled',
  'failed',
])
export type Status = z.infer<typeof Status>

const LIVE: ReadonlySet<Status> = new Set(['pending', 'accepted', 'confirmed'])

/** A live booking holds its inventory; the others are terminal. */
export const isLive = (status: Status): boolean => LIVE.has(status)

/** Which document's spelling a booking was made in; its answers and updates keep to it. */
export const DialectName = z.enum(['v1', 'lab2', 'airbnb'])
export type DialectName = z.infer<typeof DialectName>

/** Longest span of one booking, in days: it bounds what one decision touches. */
export const MAX_DAYS = 365

/** Nothing written means nothing special. */
export const SpecialRequests = OptionalText(1_000)

/** What a traveler asks for. */
export const BookingRequest = z.strictObject({
  listingId: Id,
  checkIn: CivilDate.describe('The first night or day; for flights the day of departure.'),
  checkOut: CivilDate.nullable().default(null).describe('The day of leaving; flights have none.'),
  guests: z.int().min(1).max(1_000),
  quantity: z.int().min(1).max(10_000).default(1).describe('Rooms, seats or cars.'),
  specialRequests: SpecialRequests.nullable().default(null),
  price: Money.nullable().default(null).describe('What the traveler believes it costs; compared, never trusted.'),
})
export type BookingRequest = z.infer<typeof BookingRequest>

/** What is wrong with the check-out of a span, or null. Flights have no check-out, everything else must have one. */
export function spanFault(request: Pick<BookingRequest, 'checkIn' | 'checkOut'>, kind: Kind): string | null {
  if (kind === 'flight')
    return request.checkOut === null ? null : 'must be left out, for a flight has a day of departure only'
  if (request.checkOut === null) return 'is missing: only flights have none'
  const days = daysBetween(request.checkIn, request.checkOut)
  if (days < 1) return 'must lie after the check-in'
  return days > MAX_DAYS ? `must be at most ${MAX_DAYS} days after the check-in` : null
}

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
  reason: z.string().nullable().describe('Why it was rejected, cancelled or not possible, if anybody said.'),
  version: z.int().describe('Rises by one with every change of this booking, from 1.'),
  holdExpiresAt: Instant.nullable().describe('Until when a pending booking holds its inventory.'),
  createdAt: Instant,
  updatedAt: Instant,
  dialect: DialectName.describe('In which spelling it was asked for.'),
})
export type Booking = z.infer<typeof Booking>

/** A booking just asked for: what follows from its listing is null as long as nobody could be asked. */
export type PendingBooking = {
  [K in keyof Booking]: K extends 'ownerId' | 'kind' | 'price' ? Booking[K] | null : Booking[K]
}
