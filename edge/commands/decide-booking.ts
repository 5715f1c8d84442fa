import { type PublicBooking, publicBooking } from '#domain/booking.ts'
import type { EdgeDeps } from '../deps.ts'
import type { Intent } from './intent.ts'
import { sendAndWait } from './send.ts'

type BookingChange = { type: 'AcceptBooking' } | { type: 'RejectBooking' | 'CancelBooking'; reason: string | null }

export interface Answer {
  booking: PublicBooking
  /** False when the command is on the log, and nothing is known yet of what became of it. */
  decided: boolean
}

/**
 * A decision needs the booking's listing, by which its command finds the one who decides.
 * @param named the booking, by its id or by a document's
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
