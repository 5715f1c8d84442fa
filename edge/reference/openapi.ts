import type { z } from 'zod'
import { problem } from '#platform/problems.ts'
import { PROBLEM_CODES, PROBLEM_TYPES, type ProblemCode } from '../problem-types.ts'
import { type Body, FLOWS, GROUPS, problemsOf, type Route } from '../routes/route.ts'
import type { Answer, Content, Json, OpenApi, Operation, Reference } from './document.ts'
import { type HeaderName, HEADERS, type ParameterName, PARAMETERS } from './parameters.ts'
import { Problem } from './responses.ts'
import { componentSchemas, refTo } from './schemas.ts'

const DESCRIPTION = `Bookings of stays, hotels, flights and cars. A write is a command on a log, and answered when the log has it; \
the listing decides in the order of the log. Problems are RFC 9457 documents with a stable code. Lists come in pages.`

/** The OpenAPI document of these routes. */
export const openApiOf = (routes: readonly Route[]): OpenApi => ({
  openapi: '3.1.1',
  info: { title: 'Reservoir', version: '1', summary: 'Event-driven bookings', description: DESCRIPTION },
  servers: [{ url: '/' }],
  tags: Object.entries(GROUPS).map(([name, description]) => ({ name, description })),
  paths: pathsOf(routes),
  components: {
    schemas: componentSchemas(),
    parameters: PARAMETERS,
    headers: HEADERS,
    examples: Object.fromEntries(PROBLEM_CODES.map((code) => [code, { value: problem(PROBLEM_TYPES[code]) as Json }])),
    securitySchemes: { bearerAuth: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
  },
})

function pathsOf(routes: readonly Route[]): OpenApi['paths'] {
  const paths: OpenApi['paths'] = {}
  for (const route of routes) {
    const operations = (paths[route.path.replaceAll(/:(\w+)/g, '{$1}')] ??= {})
    operations[route.method.toLowerCase()] = operationOf(route)
  }
  return paths
}

function operationOf(route: Route): Operation {
  const { operationId, group, summary, description, access, parameters = [], flow, body } = route
  const problems = byStatus(problemsOf(route))
  return {
    operationId,
    tags: [group],
    summary,
    ...(description && { description }),
    security: access === 'public' ? [] : [{ bearerAuth: [] }],
    ...(access !== 'public' && { 'x-roles': access.roles }),
    parameters: [...parameters, ...FLOWS[flow].parameters].map(refToParameter),
    ...(body && { requestBody: requestBody(body) }),
    responses: { ...successes(route), ...problemAnswers(problems) },
    'x-problems': problems,
  }
}

const byStatus = (codes: ReadonlySet<ProblemCode>): ProblemCode[] =>
  PROBLEM_CODES.filter((code) => codes.has(code)).sort((a, b) => PROBLEM_TYPES[a].status - PROBLEM_TYPES[b].status)

const refToParameter = (name: ParameterName): Reference => ({ $ref: `#/components/parameters/${name}` })

const requestBody = ({ schema, examples, optional = false }: Body) => ({
  required: !optional,
  content: { 'application/json': content(schema, examples) },
})

const content = (schema: z.ZodType, examples: Readonly<Record<string, unknown>>): Content => ({
  schema: refTo(schema),
  examples: Object.fromEntries(Object.entries(examples).map(([name, value]) => [name, { value: value as Json }])),
})

function successes({ responses, flow }: Route): Record<string, Answer> {
  const common = FLOWS[flow].headers
  const entries = Object.entries(responses).map(
    ([status, { description, headers = [], schema, example, media = [] }]) => [
      status,
      {
        description,
        headers: headersNamed([...headers, ...common]),
        content: {
          ...(schema && { 'application/json': content(schema, { example }) }),
          ...Object.fromEntries(
            media.map((type) => [type, { schema: { type: type === 'application/json' ? 'object' : 'string' } }]),
          ),
        },
      },
    ],
  )
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
  const byStatus = Map.groupBy(codes, (code) => PROBLEM_TYPES[code].status)
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
