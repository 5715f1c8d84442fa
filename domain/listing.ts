import { z } from 'zod'
import { Subject } from './actor.ts'
import { TimeZone } from './civil.ts'
import { Id } from './ids.ts'
import { DEFAULT_KIND, Kind, KINDS, SPAN_UNITS, UNITS } from './kinds.ts'
import { Money } from './money.ts'
import { ConfirmationPolicy } from './policies.ts'
import { Text } from './text.ts'

/** In minor units. The price of the longest booking with the largest quantity is still a safe integer. */
export const MAX_UNIT_PRICE = 2_000_000_000

const UnitPrice = Money.extend({ amount: Money.shape.amount.max(MAX_UNIT_PRICE) }).describe(
  `Per ${SPAN_UNITS}, by the kind of the listing.`,
)

const details = {
  name: Text(200),
  capacity: z.int().min(1).max(10_000).describe(`How many ${UNITS} can be booked for the same time.`),
  maxGuests: z.int().min(1).max(1_000).describe('Most guests of one booking.'),
  price: UnitPrice,
  timeZone: TimeZone,
  confirmationPolicy: ConfirmationPolicy,
}

export const Listing = z.strictObject({ id: Id, ownerId: Subject, kind: Kind, ...details })
export type Listing = z.infer<typeof Listing>

/** The fields that an owner sends to publish. The others follow from the kind and the token. */
export const ListingDraft = z.strictObject({
  id: Id.optional(),
  kind: Kind.default(DEFAULT_KIND),
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
  return { ...draft, id, ownerId, confirmationPolicy: draft.confirmationPolicy ?? KINDS[draft.kind].defaultPolicy }
}
