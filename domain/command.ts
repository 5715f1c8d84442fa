import { z } from 'zod'
import { Actor } from './actor.ts'
import { BookingRequest } from './booking.ts'
import { Instant } from './civil.ts'
import { DialectName } from './dialects/name.ts'
import { Id } from './ids.ts'
import { Block } from './block.ts'
import { ListingChanges, NewListing } from './listing.ts'
import { PaymentReport } from './payment.ts'
import { Prose } from './text.ts'
import { Trace } from './trace.ts'

/** A command asks for a change and may be refused. It is about one listing, whose decider decides it. */
const base = {
  id: Id,
  listingId: Id,
  actor: Actor,
  /** When the edge accepted it, by the edge's clock. The decider has no clock. */
  at: Instant,
  /** Fingerprint of what the client sent under an Idempotency-Key. */
  bodyHash: z.string().max(64).optional(),
  trace: Trace.optional(),
}

const Reason = Prose(500).nullable()

const aboutBooking = { ...base, bookingId: Id }

/** With versions, the command is refused if the booking has another one (`If-Match`). Older commands have one version. */
const onBooking = { ...aboutBooking, expectedVersion: z.int().or(z.array(z.int()).min(1)).optional() }

export const PublishListing = z
  .strictObject({ type: z.literal('PublishListing'), ...base, listing: NewListing })
  .refine(({ listingId, listing }) => listing.id === listingId, 'publishes another listing than it is about')
export const ChangeListing = z.strictObject({ type: z.literal('ChangeListing'), ...base, changes: ListingChanges })
export const WithdrawListing = z.strictObject({ type: z.literal('WithdrawListing'), ...base })
export const BlockDays = z.strictObject({ type: z.literal('BlockDays'), ...base, block: Block })
export const UnblockDays = z.strictObject({ type: z.literal('UnblockDays'), ...base, blockId: Id })
export const RequestBooking = z.strictObject({
  type: z.literal('RequestBooking'),
  ...base,
  bookingId: Id,
  dialect: DialectName,
  request: BookingRequest,
})
export const AcceptBooking = z.strictObject({ type: z.literal('AcceptBooking'), ...onBooking })
export const RejectBooking = z.strictObject({ type: z.literal('RejectBooking'), ...onBooking, reason: Reason })
export const CancelBooking = z.strictObject({ type: z.literal('CancelBooking'), ...onBooking, reason: Reason })

/** The timer proposes these three. */
export const RemindOwner = z.strictObject({ type: z.literal('RemindOwner'), ...aboutBooking })
export const ExpireBooking = z.strictObject({ type: z.literal('ExpireBooking'), ...aboutBooking })
export const CompleteBooking = z.strictObject({ type: z.literal('CompleteBooking'), ...aboutBooking })
/** A result of the payment gateway. */
export const RecordPayment = z.strictObject({
  type: z.literal('RecordPayment'),
  ...aboutBooking,
  report: PaymentReport,
})

export const Command = z.discriminatedUnion('type', [
  PublishListing,
  ChangeListing,
  WithdrawListing,
  BlockDays,
  UnblockDays,
  RequestBooking,
  AcceptBooking,
  RejectBooking,
  CancelBooking,
  RemindOwner,
  ExpireBooking,
  CompleteBooking,
  RecordPayment,
])
export type Command = z.infer<typeof Command>
export type CommandType = Command['type']
export type RequestBooking = z.infer<typeof RequestBooking>
/** A command about a booking that exists. */
export type BookingCommand = Exclude<Extract<Command, { bookingId: string }>, RequestBooking>

/** The optional reason of a rejection or a cancellation. */
export const DecisionReason = z.strictObject({ reason: Reason.default(null) })
