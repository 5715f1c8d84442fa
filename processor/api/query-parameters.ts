import { validator } from 'hono/validator'
import { z } from 'zod'
import { CivilDate, daysBetween } from '#domain/civil.ts'
import { expectation, faultAt, faultsIn } from '#platform/faults.ts'
import { ProblemError, PROBLEMS } from '#platform/problems.ts'

/** Validates the query by a schema. An invalid parameter is a problem that names it. */
export const query = <S extends z.ZodType>(schema: S) =>
  validator('query', (value): z.output<S> => {
    const { success, data, error } = schema.safeParse(value, { error: expectation })
    if (success) return data
    throw new ProblemError(PROBLEMS.invalid_request, { errors: faultsIn(error, (path) => path.join('.')) })
  })

/** The parameters of every list. */
export const Paging = z.object({
  limit: z.coerce.number().int().min(1).max(100).default(20),
  cursor: z.string().max(1_000).optional(),
})
export type Paging = z.infer<typeof Paging>

/** Longest range of days of one request. */
const MAX_RANGE_DAYS = 366

/** @throws ProblemError unless `to` is 1 to {@link MAX_RANGE_DAYS} days after `from` */
export function checkRange(from: CivilDate, to: CivilDate): void {
  const length = daysBetween(from, to)
  if (length >= 1 && length <= MAX_RANGE_DAYS) return
  const errors = [faultAt('to', `must be 1 to ${MAX_RANGE_DAYS} days after from`)]
  throw new ProblemError(PROBLEMS.invalid_request, { errors })
}

export const DayRange = z.object({ from: CivilDate.optional(), to: CivilDate.optional() })
