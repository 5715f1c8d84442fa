import type { Schema } from '#store/schema.ts'
import type { Collections } from '#store/store.ts'
import { toVersion2, toVersion4, toVersion5 } from './upkeep/migrations.ts'

/** The collections of the processor and their indexes. The last field of an index is the order. */
export const COLLECTIONS = {
  /** One document per listing, on which the decider decides (`decisions/listing-document.ts`). */
  listing_documents: { indexes: [['_id']], formerly: 'calendars' },
  /** Bookings that have ended and left their listing's document. */
  archive: { indexes: [['_id']] },
  /** The listings of bookings with a foreign producer's id (`decisions/booking-claims.ts`). */
  booking_claims: {},
  /** Views of bookings, and the events of each. */
  bookings: {
    indexes: [
      ['_id'],
      ['createdAt'],
      ['status', 'createdAt'],
      ['travelerId', 'createdAt'],
      ['travelerId', 'status', 'createdAt'],
      ['ownerId', 'createdAt'],
      ['ownerId', 'status', 'createdAt'],
      ['listingId', 'createdAt'],
      ['listingId', 'travelerId', 'createdAt'],
      // Lists by check-in filter by status themselves: every index makes each write slower.
      ['checkIn'],
      ['travelerId', 'checkIn'],
      ['ownerId', 'checkIn'],
      ['listingId', 'checkIn'],
    ],
  },
  /** The names that the dialects give to bookings (`sinks/views.ts`). */
  booking_aliases: {},
  booking_events: { indexes: [['bookingId', 'seq']] },
  /** Views of listings. */
  listings: {
    formerly: 'properties',
    indexes: [
      ['_id'],
      ['withdrawn', 'name'],
      ['withdrawn', 'kind', 'name'],
      ['withdrawn', 'ownerId', 'name'],
      ['withdrawn', 'ownerId', 'kind', 'name'],
    ],
  },
  /** The outcome of each command. */
  receipts: { expires: 'expiresAt' },
  /** The responses to writes of personal state that had an `Idempotency-Key` (`api/idempotency.ts`). */
  idempotent_responses: { expires: 'expiresAt', formerly: 'answers' },
  notifications: {
    indexes: [
      ['userId', 'createdAt'],
      ['userId', 'readAt', 'createdAt'],
    ],
  },
  /** Deadlines of bookings (`proposers/timer/`). */
  timers: { indexes: [['partition', 'dueAt']] },
  /** Daily analytics by dimension and value. */
  rollups: {
    indexes: [['_id'], ['dimension', 'day', 'value']],
  },
  /** The ledger of the operations at the payment gateway (`proposers/billing/ledger.ts`). */
  payments: { indexes: [['_id']] },
  /** The payments of the embedded gateway (`proposers/billing/embedded/`). */
  gateway_payments: { indexes: [['_id']] },
  /** The highest `seq` of each listing that the roll-ups have counted. */
  checkpoints: {},
} as const satisfies Collections

/** Version 1 had no record of itself. Each step also renames collections (`formerly`). */
export const SCHEMA: Schema = {
  version: 5,
  collections: COLLECTIONS,
  migrations: { 2: toVersion2, 4: toVersion4, 5: toVersion5 },
}

export type CollectionName = keyof typeof COLLECTIONS
