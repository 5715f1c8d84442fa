import type { Hono } from 'hono'
import { validator } from 'hono/validator'
import { z } from 'zod'
import { CivilDate, daysBetween } from '#domain/civil.ts'
import { expectation, faultAt, faultsIn } from '#platform/faults.ts'
import { ProblemError, PROBLEMS } from '#platform/problems.ts'
import { checkQuery } from '#platform/query.ts'
import type { ApiEnv } from './deps.ts'

const guards = new WeakSet<object>()

/** Validates the query by a schema. An invalid, unknown or repeated parameter is a problem that names it. */
export function query<S extends z.ZodObject>(schema: S) {
  const known = Object.keys(schema.shape)
  const guard = validator('query', (value, c): z.output<S> => {
    checkQuery(c.req.url, known)
    const { success, data, error } = schema.safeParse(value, { error: expectation })
    if (success) return data
    throw new ProblemError(PROBLEMS.invalid_request, { errors: faultsIn(error, (path) => path.join('.')) })
  })
  guards.add(guard)
  return guard
}

/** For a route that has no query parameters. */
export const noQuery = query(z.object({}))

/** Throws an error that names each route which does not check its query. */
export function assertQueriesChecked({ routes }: Pick<Hono<ApiEnv>, 'routes'>): void {
  const served = routes.filter(({ method }) => method !== 'ALL')
  const byRoute = Map.groupBy(served, ({ method, path }) => `${method} ${path}`)
  const unchecked = [...byRoute].filter(([, handlers]) => !handlers.some(({ handler }) => guards.has(handler)))
  if (unchecked.length === 0) return
  throw new Error(`Routes of the API do not check their query: ${unchecked.map(([name]) => name).join(', ')}`)
}

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

/** @throws ProblemError unless `to` is after `from`, where both are given */
export function checkSpan({ from, to }: { from?: CivilDate | undefined; to?: CivilDate | undefined }): void {
  if (from === undefined || to === undefined || from < to) return
  throw new ProblemError(PROBLEMS.invalid_request, { errors: [faultAt('to', 'must be after from')] })
}

export const DayRange = z.object({ from: CivilDate.optional(), to: CivilDate.optional() })
