import { type PublicBooking, publicBooking } from '#domain/booking.ts'
import { BOOKING_PROBLEMS } from '#domain/problems.ts'
import { ProblemError } from '#platform/problems.ts'
import type { EdgeDeps } from '../deps.ts'
import type { Intent } from './intent.ts'
import { sendAndWait } from './send.ts'

type BookingChange = { type: 'AcceptBooking' } | { type: 'RejectBooking' | 'CancelBooking'; reason: string | null }

export interface ChangedBooking {
  booking: PublicBooking
  /** Whether the log has the command and no receipt came in time. */
  isPending: boolean
}

/**
 * Reads the booking first, because its command is keyed by the listing.
 * @param idOrAlias the booking's id, or its alias in a dialect
 */
export async function changeBooking(
  deps: EdgeDeps,
  intent: Intent,
  idOrAlias: string,
  change: BookingChange,
): Promise<ChangedBooking> {
  const before = await deps.query.booking(idOrAlias, intent.caller)
  const { id: bookingId, listingId } = before
  if (intent.expectedVersion.expectedVersion?.length === 0)
    throw new ProblemError(BOOKING_PROBLEMS.version_mismatch, { detail: 'If-Match names no ETag of a booking.' })
  const receipt = await sendAndWait(deps, intent, {
    ...change,
    ...intent.command,
    ...intent.expectedVersion,
    listingId,
    bookingId,
  })
  return { booking: receipt?.booking ? publicBooking(receipt.booking) : before, isPending: receipt === undefined }
}
