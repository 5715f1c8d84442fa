import { z } from 'zod'
import { Subject } from './actor.ts'
import { SentTimeZone, TimeZone } from './civil.ts'
import { Id } from './ids.ts'
import { DEFAULT_KIND, Kind, KINDS, SPAN_UNITS, UNITS } from './kinds.ts'
import { Money, SentMoney } from './money.ts'
import { CancellationPolicy, DEFAULT_CANCELLATION_POLICY } from './cancellation.ts'
import { ConfirmationPolicy } from './policies.ts'
import { Name } from './text.ts'

/** In minor units. The price of the longest booking with the largest quantity is still a safe integer. */
export const MAX_UNIT_PRICE = 2_000_000_000

const UnitPrice = SentMoney.extend({ amount: Money.shape.amount.max(MAX_UNIT_PRICE) }).describe(
  `Per ${SPAN_UNITS}, by the kind of the listing.`,
)

/** Longest span of one booking, in nights or days: it bounds what one decision touches. */
export const MAX_DAYS = 365

const DAY_MS = 86_400_000

/** How long an owner can take to decide, and how long a payment can. */
export const DECISION_WINDOW_MS = { min: 1_000, default: DAY_MS, max: 30 * DAY_MS } as const

/** Rules of a listing that have a default, so that listings of older versions lack them. */
const rules = {
  cancellationPolicy: CancellationPolicy.describe('What a traveler who cancels gets back.'),
  decisionWindowMs: z
    .int()
    .min(DECISION_WINDOW_MS.min)
    .max(DECISION_WINDOW_MS.max)
    .describe('Milliseconds until a booking that is not confirmed expires.'),
  minNights: z.int().min(1).max(MAX_DAYS).describe('Fewest nights or days of one booking.'),
  maxNights: z.int().min(1).max(MAX_DAYS).describe('Most nights or days of one booking.'),
  advanceNoticeDays: z.int().min(0).max(MAX_DAYS).describe('Days between the request and the check-in, at least.'),
}

const HoldOnRequest = z
  .boolean()
  .describe(
    'Whether a request takes its dates at once. Otherwise several can ask for the same dates, until one is accepted.',
  )

const RULES = {
  cancellationPolicy: rules.cancellationPolicy.default(DEFAULT_CANCELLATION_POLICY),
  decisionWindowMs: rules.decisionWindowMs.default(DECISION_WINDOW_MS.default),
  minNights: rules.minNights.default(1),
  maxNights: rules.maxNights.default(MAX_DAYS),
  advanceNoticeDays: rules.advanceNoticeDays.default(0),
  holdOnRequest: HoldOnRequest.default(true),
}

/** The rules that a listing has if it names none. */
export const DEFAULT_RULES = z.object(RULES).parse({})

const details = {
  name: Name(200),
  capacity: z.int().min(1).max(10_000).describe(`How many ${UNITS} can be booked for the same time.`),
  maxGuests: z.int().min(1).max(1_000).describe('Most guests of one booking.'),
  price: UnitPrice,
  timeZone: SentTimeZone,
  confirmationPolicy: ConfirmationPolicy,
}

/** A listing as an owner publishes it. */
export const NewListing = z.strictObject({ id: Id, ownerId: Subject, kind: Kind, ...details, ...RULES })

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
  ...RULES,
})
export type ListingDraft = z.infer<typeof ListingDraft>

const { confirmationPolicy, ...changeableDetails } = details
const changeable = { ...changeableDetails, ...rules }

export const ListingChanges = z
  .strictObject(changeable)
  .partial()
  .refine((changes) => Object.keys(changes).length > 0, 'must change something')
export type ListingChanges = z.infer<typeof ListingChanges>

/** The fields that no change can give another value. */
const readOnly = { readOnly: true }
const fixed = {
  id: Id.meta(readOnly),
  ownerId: Subject.meta(readOnly),
  kind: Kind.meta(readOnly),
  confirmationPolicy: confirmationPolicy.meta(readOnly),
  holdOnRequest: HoldOnRequest.meta(readOnly),
}
type FixedFields = z.infer<z.ZodObject<typeof fixed>>

/**
 * The body of a change. A client may send back what it has read, so it may hold fixed fields with their current values. Fixed fields
 * alone are decoded too, because only the listing shows which of them would change.
 */
export const ListingUpdate = z
  .strictObject({ ...changeable, ...fixed })
  .partial()
  .meta({
    description:
      '`id`, `ownerId`, `kind`, `confirmationPolicy` and `holdOnRequest` are read-only: each must have its current value.',
    anyOf: Object.keys(changeable).map((name) => ({
      required: [name],
      properties: { [name]: { not: { type: 'null' } } },
    })),
  })

/** Separates what an update changes from the fixed fields that it repeats. */
export function partsOf({
  id,
  ownerId,
  kind,
  confirmationPolicy,
  holdOnRequest,
  ...changes
}: z.infer<typeof ListingUpdate>): {
  changes: ListingChanges
  repeated: Partial<FixedFields>
} {
  return { changes, repeated: { id, ownerId, kind, confirmationPolicy, holdOnRequest } }
}

export function listingOf(draft: ListingDraft, id: string, ownerId: string): Listing {
  return { ...draft, id, ownerId, confirmationPolicy: draft.confirmationPolicy ?? KINDS[draft.kind].defaultPolicy }
}
