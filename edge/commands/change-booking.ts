import { type PublicBooking, publicBooking } from '#domain/booking.ts'
import type { EdgeDeps } from '../deps.ts'
import type { Intent } from './intent.ts'
import { sendAndWait } from './send.ts'

type BookingChange = { type: 'AcceptBooking' } | { type: 'RejectBooking' | 'CancelBooking'; reason: string | null }

export interface Answer {
  booking: PublicBooking
  /** False if the log has the command and no receipt came in time. */
  decided: boolean
}

/**
 * Reads the booking first, because its command is keyed by the listing.
 * @param named the booking's id, or what a document calls it
 */
export async function decideBooking(
  deps: EdgeDeps,
  intent: Intent,
  named: string,
  change: BookingChange,
): Promise<Answer> {
  const before = await deps.query.booking(named, intent.authorization)
  const { id: bookingId, listingId } = before
  const receipt = await sendAndWait(deps, intent, {
    ...change,
    ...intent.command,
    ...intent.expectedVersion,
    listingId,
    bookingId,
  })
  return { booking: receipt?.booking ? publicBooking(receipt.booking) : before, decided: receipt !== undefined }
}
