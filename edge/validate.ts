import type { Context } from 'hono'
import { validator } from 'hono/validator'
import type { z } from 'zod'
import { expectation, faultAt, faultsIn } from '#domain/faults.ts'
import { type Fault, ProblemError } from '#domain/problems.ts'

/** A JSON body by a schema. What does not fit is a problem that points at each field. */
export const body = <S extends z.ZodType>(schema: S) =>
  validator('json', async (value, c): Promise<z.output<S>> => {
    if (!isJson(c) && (await c.req.text()) !== '') throw invalid([faultAt('Content-Type', 'must be application/json')])
    const { success, data, error } = schema.safeParse(value, { error: expectation })
    if (!success) throw invalid(faultsIn(error, pointerTo))
    return data
  })

const isJson = (c: Context): boolean =>
  /^application\/([\w.-]+\+)?json *(;|$)/i.test(c.req.header('Content-Type') ?? '')

/** RFC 6901. */
const pointerTo = (path: readonly PropertyKey[]): string =>
  path.map((key) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')

export const invalid = (errors: Fault[]): ProblemError => new ProblemError('invalid_request', { errors })
