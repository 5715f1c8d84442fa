import type { Booking, Status } from './booking.ts'
import { FAILURES } from './event.ts'
import { PAYMENT_FAILURES } from './payment.ts'
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
  return `The booking ${TOLD[status]}: ${ended(wordsOf({ status, reason }))}`
}

/** The end of a sentence that gives the reason of an event; without a reason, a full stop. */
export const becauseOf = (booking: Pick<Booking, 'status'>, reason: string | null): string =>
  reason === null ? '.' : `: ${ended(wordsOf({ status: booking.status, reason }))}`

/** The reason of a booking for people, as a sentence of its own; null without a reason. */
export function reasonOf({ status, reason }: Pick<Booking, 'status' | 'reason'>): string | null {
  const title = failureTitle(status, reason)
  return title ? `${title}.` : reason
}

const wordsOf = ({ status, reason }: { status: Status; reason: string }): string =>
  failureTitle(status, reason)?.toLowerCase() ?? reason

/** The reasons of the system are codes; a person's reason is quoted as it is. */
const CODED: ReadonlyMap<Status, ReadonlyMap<string, string>> = new Map([
  [
    'failed',
    new Map([
      ...FAILURES.map((code) => [code, BOOKING_PROBLEMS[code].title] as const),
      ...Object.entries(PAYMENT_FAILURES),
    ]),
  ],
  // The decider rejects requests whose dates another one has taken.
  ['rejected', new Map([['dates_unavailable', BOOKING_PROBLEMS.dates_unavailable.title]])],
])

const failureTitle = (status: Status, reason: string | null): string | undefined =>
  reason === null ? undefined : CODED.get(status)?.get(reason)

/** Ends with one mark, which a person may have written already. */
const ended = (words: string): string => (/[.!?…。！？؟।][)\]"'”’»]*$/u.test(words) ? words : `${words}.`)
