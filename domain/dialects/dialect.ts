import type { RequestField, Status } from '../booking.ts'
import type { RequestBooking } from '../command.ts'
import type { Event } from '../event.ts'
import type { Money } from '../money.ts'

/**
 * One document's spelling of bookings: pure functions and words. An optional member is absent where the document has nothing of
 * the kind; `registry.ts` then takes that of `v1`.
 */
export interface Dialect {
  /** How the document names the fields and prices of a request in a problem. */
  spelling?: Spelling
  /** The messages of the edge's log lines about a booking. */
  logMessages?: LogMessages
  /**
   * What the document calls a booking, in lower case; null if it has no name for this id. Ids with the same alias have the same
   * first 8 or the same last 12 characters, so that collisions are found fast.
   */
  aliasOf?: (bookingId: string) => string | null
  /** The body of a request on `booking-requests`, in the document's order. */
  encodeRequest?: (command: RequestBooking, hint?: Hint) => object
  /** Whether a message of a foreign producer is this document's request. */
  recognize?: (body: unknown) => boolean
  /** The request in such a message; throws an error that says what is wrong with it. */
  decodeRequest?: (body: unknown) => RequestBooking
  /** The body of an event on the topics of the document. */
  encodeEvent?: (event: Event) => object
}

export interface Spelling {
  /** Fields that are not called as in `v1`. */
  fields: Readonly<Partial<Record<RequestField, string>>>
  price: (price: Money) => string
}

export interface LogMessages {
  /** A request is in the log. */
  requested: string
  /** A command has brought a booking to this status. */
  updated: (status: Status) => string
}

/** Fields of a documented request that its command does not have. The edge knows them if it could read the listing. */
export interface Hint {
  ownerId: string
  /** The name of the listing. */
  name: string
  /** The price of the booking, in whole units. */
  price: number
}
