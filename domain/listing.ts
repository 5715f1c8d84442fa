import { z } from 'zod'
import { Subject } from './actor.ts'
import { SentTimeZone, TimeZone } from './civil.ts'
import { Id } from './ids.ts'
import { DEFAULT_KIND, Kind, KINDS, SPAN_UNITS, UNITS } from './kinds.ts'
import { Money, SentMoney } from './money.ts'
import { ConfirmationPolicy } from './policies.ts'
import { Name } from './text.ts'

/** In minor units. The price of the longest booking with the largest quantity is still a safe integer. */
export const MAX_UNIT_PRICE = 2_000_000_000

const UnitPrice = SentMoney.extend({ amount: Money.shape.amount.max(MAX_UNIT_PRICE) }).describe(
  `Per ${SPAN_UNITS}, by the kind of the listing.`,
)

const details = {
  name: Name(200),
  capacity: z.int().min(1).max(10_000).describe(`How many ${UNITS} can be booked for the same time.`),
  maxGuests: z.int().min(1).max(1_000).describe('Most guests of one booking.'),
  price: UnitPrice,
  timeZone: SentTimeZone,
  confirmationPolicy: ConfirmationPolicy,
}

/** A listing as an owner publishes it. */
export const NewListing = z.strictObject({ id: Id, ownerId: Subject, kind: Kind, ...details })

/** A listing on the log, which keeps names, currencies and time zones that can no longer be sent. */
export const Listing = NewListing.extend({
  name: z.string(),
  price: UnitPrice.extend({ currency: Money.shape.currency }),
  timeZone: TimeZone,
})
export type Listing = z.infer<typeof Listing>

/** The fields that an owner sends to publish. The others follow from the kind and the token. */
export const ListingDraft = z.strictObject({
  id: Id.optional(),
  kind: Kind.default(DEFAULT_KIND),
  name: details.name,
  capacity: details.capacity.default(1),
  maxGuests: details.maxGuests,
  price: UnitPrice,
  timeZone: SentTimeZone.default('UTC'),
  confirmationPolicy: ConfirmationPolicy.optional(),
})
export type ListingDraft = z.infer<typeof ListingDraft>

const { confirmationPolicy, ...changeable } = details

const isChange = (changes: object): boolean => Object.keys(changes).some((name) => name in changeable)
const NO_CHANGE = 'must change something'

export const ListingChanges = z.strictObject(changeable).partial().refine(isChange, NO_CHANGE)
export type ListingChanges = z.infer<typeof ListingChanges>

/** The fields that no change can give another value. */
const readOnly = { readOnly: true }
const fixed = {
  id: Id.meta(readOnly),
  ownerId: Subject.meta(readOnly),
  kind: Kind.meta(readOnly),
  confirmationPolicy: confirmationPolicy.meta(readOnly),
}
type FixedFields = z.infer<z.ZodObject<typeof fixed>>

/** The body of a change. A client may send back what it has read, so it may hold fixed fields with their current values. */
export const ListingUpdate = z
  .strictObject({ ...changeable, ...fixed })
  .partial()
  .refine(isChange, NO_CHANGE)
  .meta({
    description: '`id`, `ownerId`, `kind` and `confirmationPolicy` are read-only: each must have its current value.',
    anyOf: Object.keys(changeable).map((name) => ({
      required: [name],
      properties: { [name]: { not: { type: 'null' } } },
    })),
  })

/** Separates what an update changes from the fixed fields that it repeats. */
export function partsOf({ id, ownerId, kind, confirmationPolicy, ...changes }: z.infer<typeof ListingUpdate>): {
  changes: ListingChanges
  repeated: Partial<FixedFields>
} {
  return { changes, repeated: { id, ownerId, kind, confirmationPolicy } }
}

export function listingOf(draft: ListingDraft, id: string, ownerId: string): Listing {
  return { ...draft, id, ownerId, confirmationPolicy: draft.confirmationPolicy ?? KINDS[draft.kind].defaultPolicy }
}
