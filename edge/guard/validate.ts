import { zValidator } from '@hono/zod-validator'
import type { Context, MiddlewareHandler } from 'hono'
import type { z } from 'zod'
import { expectation, faultsIn } from '#platform/faults.ts'
import { type Fault, ProblemError, PROBLEMS } from '#platform/problems.ts'
import type { EdgeEnv } from '../deps.ts'

/** Validates a JSON body by a schema. A body needs a JSON content type; a body that does not fit is a problem that points at each field. */
export const validateBody = (schema: z.ZodType): MiddlewareHandler<EdgeEnv> =>
  zValidator(
    'json',
    schema,
    async (result, c) => {
      if (!isJson(c) && (await c.req.text()) !== '') throw unsupported(c.req.header('Content-Type'))
      if (!result.success) throw invalid(faultsIn(result.error, pointerTo))
    },
    // The package's types do not show that any schema here is one of zod 4.
    { validationFunction: (schema, value) => schema.safeParse(value, { error: expectation }) as never },
  )

const isJson = (c: Context): boolean =>
  /^application\/([\w.-]+\+)?json *(;|$)/i.test(c.req.header('Content-Type') ?? '')

const unsupported = (type: string | undefined): ProblemError =>
  new ProblemError(PROBLEMS.unsupported_media_type, {
    detail: type
      ? `Content-Type is ${type}; it must be application/json.`
      : 'Content-Type is missing; it must be application/json.',
  })

/** RFC 6901. */
const pointerTo = (path: readonly PropertyKey[]): string =>
  path.map((key) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')

export const invalid = (errors: Fault[]): ProblemError => new ProblemError(PROBLEMS.invalid_request, { errors })
