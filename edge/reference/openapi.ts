import type { z } from 'zod'
import { Role } from '#domain/actor.ts'
import { problem } from '#platform/problems.ts'
import { ROLES, type RouteKey } from '../guard/access.ts'
import { PROBLEM_CODES, PROBLEM_TYPES, type ProblemCode } from '../problem-types.ts'
import { Problem } from './responses.ts'
import * as describe from './openapi-describe.ts'
import { type HeaderName, HEADERS, type ParameterName, PARAMETERS } from './parameters.ts'
import { ROUTES } from './openapi-routes.ts'
import { componentSchemas, refTo } from './schemas.ts'
import type { Answer, Content, Json, OpenApi, Operation, Reference } from './document.ts'

const DESCRIPTION = `Bookings of stays, hotels, flights and cars. A write is a command on a log, and answered when the log has it; \
the listing decides in the order of the log. Problems are RFC 9457 documents with a stable code. Lists come in pages.`

let made: OpenApi | undefined

/** Made when it is first asked for: at start nobody waits for it. */
export function openApi(): OpenApi {
  made ??= {
    openapi: '3.1.1',
    info: { title: 'Reservoir', version: '1', summary: 'Event-driven bookings', description: DESCRIPTION },
    servers: [{ url: '/' }],
    tags: Object.entries(describe.GROUPS).map(([name, description]) => ({ name, description })),
    paths: paths(),
    components: {
      schemas: componentSchemas(),
      parameters: PARAMETERS,
      headers: HEADERS,
      examples: Object.fromEntries(
        PROBLEM_CODES.map((code) => [code, { value: problem(PROBLEM_TYPES[code]) as Json }]),
      ),
      securitySchemes: { bearerAuth: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
    },
  }
  return made
}

function paths(): OpenApi['paths'] {
  const paths: OpenApi['paths'] = {}
  for (const key of Object.keys(ROUTES) as RouteKey[]) {
    const [method, path] = key.split(' ') as [string, string]
    const at = (paths[path.replaceAll(/:(\w+)/g, '{$1}')] ??= {})
    at[method.toLowerCase()] = operation(ROUTES[key], ROLES[key])
  }
  return paths
}

function operation(route: describe.RouteDoc, roles: readonly Role[] | null): Operation {
  const { takes } = describe.KINDS[route.kind]
  const problems = problemsOf(route, roles)
  return {
    operationId: route.operationId,
    tags: [route.group],
    summary: route.summary,
    ...(route.description && { description: route.description }),
    security: roles ? [{ bearerAuth: [] }] : [],
    ...(roles && { 'x-roles': roles }),
    parameters: [...(route.takes ?? []), ...takes].map(refToParameter),
    ...(route.body && { requestBody: requestBody(route.body) }),
    responses: { ...answersOf(route), ...problemAnswers(problems) },
    'x-problems': problems,
  }
}

const refToParameter = (name: ParameterName): Reference => ({ $ref: `#/components/parameters/${name}` })

const requestBody = ({ schema, examples, optional = false }: describe.Body) => ({
  required: !optional,
  content: { 'application/json': content(schema, examples) },
})

const content = (schema: z.ZodType, examples: Readonly<Record<string, unknown>>): Content => ({
  schema: refTo(schema),
  examples: Object.fromEntries(Object.entries(examples).map(([name, value]) => [name, { value: value as Json }])),
})

/** By status; what a route may answer with follows from what it is and from whom it lets in. */
function problemsOf(route: describe.RouteDoc, roles: readonly Role[] | null): ProblemCode[] {
  const codes = new Set<ProblemCode>([
    ...(route.problems ?? []),
    ...describe.KINDS[route.kind].problems,
    ...(route.body ? describe.EMBODIED : []),
    ...(roles ? describe.GUARDED : []),
    ...(roles && roles.length < Role.options.length ? describe.RESTRICTED : []),
    ...describe.ALWAYS,
  ])
  return PROBLEM_CODES.filter((code) => codes.has(code)).sort((a, b) => statusOf(a) - statusOf(b))
}

const statusOf = (code: ProblemCode): number => PROBLEM_TYPES[code].status

function answersOf({ answers, kind }: describe.RouteDoc): Record<string, Answer> {
  const common = describe.KINDS[kind].headers
  const entries = Object.entries(answers).map(([status, { says, headers = [], schema, example, text = [] }]) => [
    status,
    {
      description: says,
      headers: headersNamed([...headers, ...common]),
      content: {
        ...(schema && { 'application/json': content(schema, { example }) }),
        ...Object.fromEntries(
          text.map((type) => [type, { schema: { type: type === 'application/json' ? 'object' : 'string' } }]),
        ),
      },
    },
  ])
  return Object.fromEntries(entries)
}

const headersNamed = (names: readonly HeaderName[]): Record<string, Reference> =>
  Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]))

const ALONGSIDE: Readonly<Record<number, readonly HeaderName[]>> = {
  401: ['WWW-Authenticate'],
  429: ['Retry-After'],
  503: ['Retry-After'],
}

function problemAnswers(codes: readonly ProblemCode[]): Record<string, Answer> {
  const byStatus = Map.groupBy(codes, statusOf)
  const entries = [...byStatus].map(([status, codes]) => [
    status,
    {
      description: codes.map((code) => `\`${code}\`: ${PROBLEM_TYPES[code].title}.`).join('\n'),
      headers: headersNamed([...(ALONGSIDE[status] ?? []), 'X-Request-Id']),
      content: { 'application/problem+json': problemContent(codes) },
    },
  ])
  return Object.fromEntries(entries)
}

const problemContent = (codes: readonly ProblemCode[]): Content => ({
  schema: { allOf: [refTo(Problem), { type: 'object', properties: { code: { enum: codes } } }] },
  examples: Object.fromEntries(codes.map((code) => [code, { $ref: `#/components/examples/${code}` }])),
})
