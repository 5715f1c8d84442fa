import { zValidator } from '@hono/zod-validator'
import type { Context } from 'hono'
import type { z } from 'zod'
import { type Fault, ProblemError } from '#domain/problems.ts'

/** A JSON body by a schema. What does not fit is a problem that points at each field. */
export const body = <S extends z.ZodType>(schema: S) =>
  zValidator('json', schema, async (result, c) => {
    if (!isJson(c) && (await c.req.text()) !== '') {
      throw invalid([{ pointer: 'Content-Type', detail: 'must be application/json' }])
    }
    if (!result.success) throw invalid(result.error.issues.flatMap(faultsOf))
  })

const isJson = (c: Context): boolean =>
  /^application\/([\w.-]+\+)?json *(;|$)/i.test(c.req.header('Content-Type') ?? '')

/** A field that should not be there is pointed at itself, not at the object around it. */
function faultsOf(issue: z.core.$ZodIssue): Fault[] {
  if (issue.code !== 'unrecognized_keys') return [{ pointer: pointerTo(issue.path), detail: issue.message }]
  return issue.keys.map((key) => ({ pointer: pointerTo([...issue.path, key]), detail: 'is not a known field' }))
}

/** RFC 6901. */
const pointerTo = (path: readonly PropertyKey[]): string =>
  path.map((key) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')

export const invalid = (errors: Fault[]): ProblemError => new ProblemError('invalid_request', { errors })
