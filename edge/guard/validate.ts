import { zValidator } from '@hono/zod-validator'
import type { Context, MiddlewareHandler } from 'hono'
import type { z } from 'zod'
import { expectation, faultsIn } from '#platform/faults.ts'
import { JsonError, jsonIn, withoutNulls } from '#platform/json.ts'
import { type Fault, ProblemError, PROBLEMS } from '#platform/problems.ts'
import { checkQuery } from '#platform/query.ts'
import type { EdgeEnv } from '../deps.ts'
import { PARAMETERS } from '../reference/parameters.ts'
import { type Body, FLOWS, type Route } from '../routes/route.ts'

/** Rejects query parameters that the definition of the route does not name. */
export function validateQuery({ parameters = [], flow }: Route): MiddlewareHandler<EdgeEnv> {
  const all = [...parameters, ...FLOWS[flow].parameters].map((name) => PARAMETERS[name])
  const known = all.filter((parameter) => parameter.in === 'query').map(({ name }) => name)
  return (c, next) => {
    checkQuery(c.req.url, known)
    return next()
  }
}

/** Validates a JSON body by its schema. A body that does not fit is a problem that points at each field. */
export function validateBody({ schema, optional = false }: Body): MiddlewareHandler<EdgeEnv> {
  const options = { validationFunction: parseBody }
  const validate = zValidator('json', schema, rejectFaults, options) as unknown as MiddlewareHandler<EdgeEnv>
  return async (c, next) => {
    const bytes = await c.req.arrayBuffer()
    if (bytes.byteLength > 0 && !isJson(c)) throw unsupported(c.req.header('Content-Type'))
    if (parse(bytes) === undefined) {
      if (!optional) throw malformed('is empty')
      // The validator reads the body again, and rejects an empty one.
      Object.assign(c.req.bodyCache, { text: Promise.resolve('{}') })
    }
    return validate(c, next)
  }
}

// The package's types do not show that any schema here is one of zod 4.
const parseBody = (schema: z.ZodType, value: unknown) =>
  schema.safeParse(withoutNulls(schema, value), { error: expectation }) as never

function rejectFaults({ success, error }: { success: boolean; error?: z.core.$ZodError }): void {
  if (!success) throw invalid(faultsIn(error!, pointerTo))
}

function parse(bytes: ArrayBuffer): unknown {
  try {
    return jsonIn(bytes)
  } catch (error) {
    throw error instanceof JsonError ? malformed(error.message) : error
  }
}

const malformed = (what: string): ProblemError =>
  new ProblemError(PROBLEMS.malformed_json, { detail: `The body ${what}.` })

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
