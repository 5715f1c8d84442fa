import { zValidator } from '@hono/zod-validator'
import type { Context } from 'hono'
import type { z } from 'zod'
import { expectation, faultAt, faultsIn } from '#platform/faults.ts'
import { type Fault, ProblemError, PROBLEMS } from '#platform/problems.ts'

/** A JSON body by a schema. What does not fit is a problem that points at each field. */
export const body = <S extends z.ZodType>(schema: S) =>
  zValidator(
    'json',
    schema,
    async (result, c) => {
      if (!isJson(c) && (await c.req.text()) !== '')
        throw invalid([faultAt('Content-Type', 'must be application/json')])
      if (!result.success) throw invalid(faultsIn(result.error, pointerTo))
    },
    // The package's types cannot tell that a schema which is not yet known is one of zod 4.
    { validationFunction: (schema, value) => schema.safeParse(value, { error: expectation }) as never },
  )

const isJson = (c: Context): boolean =>
  /^application\/([\w.-]+\+)?json *(;|$)/i.test(c.req.header('Content-Type') ?? '')

/** RFC 6901. */
const pointerTo = (path: readonly PropertyKey[]): string =>
  path.map((key) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')

export const invalid = (errors: Fault[]): ProblemError => new ProblemError(PROBLEMS.invalid_request, { errors })
