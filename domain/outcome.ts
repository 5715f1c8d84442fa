import type { Booking, Status } from './booking.ts'
import { isProblemCode, PROBLEMS } from './problems.ts'

const TOLD: Readonly<Record<Status, string>> = {
  pending: 'is still pending',
  accepted: 'was accepted',
  confirmed: 'is confirmed',
  completed: 'is completed',
  rejected: 'was rejected',
  expired: 'has expired, for nobody decided in time',
  cancelled: 'was cancelled',
  failed: 'has failed',
}

/** What has become of a booking and why, in a sentence, for whoever would decide it once more. */
export function outcomeOf({ status, reason }: Pick<Booking, 'status' | 'reason'>): string {
  if (reason === null) return `The booking ${TOLD[status]}.`
  // Only the system fails bookings, and it says why by a code; people's words are told as they are.
  const why = status === 'failed' && isProblemCode(reason) ? `${PROBLEMS[reason][1].toLowerCase()} (${reason})` : reason
  return `The booking ${TOLD[status]}: ${why.replace(/\.+$/, '')}.`
}
