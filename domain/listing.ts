import { z } from 'zod'
import { Subject } from './actor.ts'
import { TimeZone } from './civil.ts'
import { Id } from './ids.ts'
import { Money } from './money.ts'
import { Text } from './text.ts'

export const Kind = z.enum(['stay', 'hotel', 'flight', 'car'])
export type Kind = z.infer<typeof Kind>

/** Whose yes makes a booking confirmed. */
export const ConfirmationPolicy = z.enum(['owner', 'payment', 'owner+payment', 'instant'])
export type ConfirmationPolicy = z.infer<typeof ConfirmationPolicy>

export const DEFAULT_POLICY: Readonly<Record<Kind, ConfirmationPolicy>> = {
  stay: 'owner',
  hotel: 'payment',
  flight: 'payment',
  car: 'payment',
}

/** In minor units. The longest booking of the most rooms at this price is an integer still. */
export const MAX_UNIT_PRICE = 2_000_000_000

const UnitPrice = Money.extend({ amount: Money.shape.amount.max(MAX_UNIT_PRICE) })

/** Price and capacity are per night, per day or per departure, by kind. */
const details = {
  name: Text(200),
  capacity: z.int().min(1).max(10_000).describe('How many can be booked at once: 1 stay, hotel rooms, cars, seats.'),
  maxGuests: z.int().min(1).max(1_000).describe('Of one booking.'),
  price: UnitPrice,
  timeZone: TimeZone,
  confirmationPolicy: ConfirmationPolicy,
}

export const Listing = z.strictObject({ id: Id, ownerId: Subject, kind: Kind, ...details })
export type Listing = z.infer<typeof Listing>

/** What an owner sends to publish; the rest follows from the kind and the token. */
export const ListingDraft = z.strictObject({
  id: Id.optional(),
  kind: Kind.default('stay'),
  name: details.name,
  capacity: details.capacity.default(1),
  maxGuests: details.maxGuests,
  price: UnitPrice,
  timeZone: TimeZone.default('UTC'),
  confirmationPolicy: ConfirmationPolicy.optional(),
})
export type ListingDraft = z.infer<typeof ListingDraft>

export const ListingChanges = z
  .strictObject(details)
  .omit({ confirmationPolicy: true })
  .partial()
  .refine((changes) => Object.keys(changes).length > 0, 'must change something')
export type ListingChanges = z.infer<typeof ListingChanges>

export function listingOf(draft: ListingDraft, id: string, ownerId: string): Listing {
  return { ...draft, id, ownerId, confirmationPolicy: draft.confirmationPolicy ?? DEFAULT_POLICY[draft.kind] }
}
