import type { Booking, Status } from './booking.ts'
import { FAILURES } from './event.ts'
import { BOOKING_PROBLEMS } from './problems.ts'

const TOLD: Readonly<Record<Status, string>> = {
  pending: 'is still pending',
  accepted: 'was accepted',
  confirmed: 'is confirmed',
  completed: 'is completed',
  rejected: 'was rejected',
  expired: 'expired because no decision was made in time',
  cancelled: 'was cancelled',
  failed: 'has failed',
}

/** A booking's status and reason in one sentence, for a command that comes too late. */
export function outcomeOf({ status, reason }: Pick<Booking, 'status' | 'reason'>): string {
  if (reason === null) return `The booking ${TOLD[status]}.`
  // Only the system fails bookings, and its reason is a code; a person's reason is quoted as it is.
  const failure = status === 'failed' ? FAILURES.find((code) => code === reason) : undefined
  const why = failure ? `${BOOKING_PROBLEMS[failure].title.toLowerCase()} (${failure})` : reason
  return `The booking ${TOLD[status]}: ${why.replace(/\.+$/, '')}.`
}
