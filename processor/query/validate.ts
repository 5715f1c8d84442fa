import { zValidator } from '@hono/zod-validator'
import { z } from 'zod'
import { CivilDate } from '#domain/civil.ts'
import { ProblemError } from '#domain/problems.ts'

/** Query parameters by a schema; what does not fit is a problem that names the parameter. */
export const query = <S extends z.ZodType>(schema: S) =>
  zValidator('query', schema, (result) => {
    if (result.success) return
    const errors = result.error.issues.map(({ path, message }) => ({ pointer: path.join('.'), detail: message }))
    throw new ProblemError('invalid_request', { errors })
  })

/** Of every list. */
export const Paging = z.object({
  limit: z.coerce.number().int().min(1).max(100).default(20),
  cursor: z.string().max(1_000).optional(),
})
export type Paging = z.infer<typeof Paging>

/** Longest range of days that one request may ask for. */
export const MAX_RANGE_DAYS = 366

export const DayRange = z.object({ from: CivilDate.optional(), to: CivilDate.optional() })
