import { addDays, type CivilDate, startOfDay } from '#domain/civil.ts'
import type { RequestBooking } from '#domain/command.ts'
import type { DialectName } from '#domain/dialects/name.ts'
import { spellingOf } from '#domain/dialects/registry.ts'
import type { Failure } from '#domain/listing/request.ts'
import { problemOf } from '#domain/problems.ts'
import { faultAt } from '#platform/faults.ts'
import { type Fault, ProblemError } from '#platform/problems.ts'

/** Why a listing cannot take a request, in the words of the request's dialect. */

export function rejection(
  failure: Failure,
  { dialect, bookingId }: Pick<RequestBooking, 'dialect' | 'bookingId'>,
): ProblemError {
  const errors = faultsOf(failure, dialect)
  return new ProblemError(problemOf(failure.reason, bookingId), errors.length > 0 ? { errors } : {})
}

/** The field that is the cause, if there is one. */
export function faultsOf({ field, must }: Failure, dialect: DialectName): Fault[] {
  if (field === undefined || must === undefined) return []
  const { fields, price } = spellingOf(dialect)
  return [faultAt(`/${fields[field] ?? field}`, typeof must === 'string' ? must : `must be ${price(must)}`)]
}

/** A day has passed when it has ended in the time zone of the listing. Only the edge has a clock, so the decider does not check it. */
export const pastFailure = (checkIn: CivilDate, timeZone: string, now: number): Failure | null =>
  startOfDay(addDays(checkIn, 1), timeZone) > now
    ? null
    : { reason: 'invalid_dates', field: 'checkIn', must: 'must be a day that has not passed' }
