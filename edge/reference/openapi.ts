import { Role } from '#domain/actor.ts'
import { PROBLEM_CODES, PROBLEM_TYPES, type ProblemCode } from '../problem-types.ts'
import { type Body, FLOWS, problemsOf, type Route, type RouteGroup } from '../routes/route.ts'
import type { ResponseObject, Content, Json, JsonSchema, OpenApi, Operation, Reference } from './document.ts'
import { GUIDE } from './guide.ts'
import { type HeaderName, HEADERS, type ParameterName, PARAMETERS } from './parameters.ts'
import { problemExample } from './problem-examples.ts'
import { Problem } from './responses.ts'
import { type NamedSchemas, namedSchemas } from './schemas.ts'

/** The OpenAPI document of these routes. */
export function openApiOf(groups: readonly RouteGroup[]): OpenApi {
  const { refTo, components } = namedSchemas(groups)
  return {
    openapi: '3.1.1',
    info: { title: 'Reservoir', version: '1', summary: 'Event-driven bookings', description: GUIDE },
    servers: [{ url: '/' }],
    security: securityOf(Role.options),
    tags: groups.map(({ name, description }) => ({ name, description })),
    paths: pathsOf(groups, refTo),
    components: {
      schemas: components(),
      parameters: PARAMETERS,
      headers: HEADERS,
      examples: Object.fromEntries(PROBLEM_CODES.map((code) => [code, { value: problemExample(code) as Json }])),
      securitySchemes: Object.fromEntries(Role.options.map((role) => [role, tokenOf(role)])),
    },
  }
}

type RefTo = NamedSchemas['refTo']

/** One scheme for each role: a route names those that may call it. */
const tokenOf = (role: Role): JsonSchema => ({
  type: 'http',
  scheme: 'bearer',
  bearerFormat: 'JWT',
  description: `A token whose \`role\` is \`${role}\`.`,
})

/** A token of one of these roles. The viewer selects the first. */
const securityOf = (roles: readonly Role[]): Operation['security'] => roles.map((role) => ({ [role]: [] }))

function pathsOf(groups: readonly RouteGroup[], refTo: RefTo): OpenApi['paths'] {
  const paths: OpenApi['paths'] = {}
  for (const { name, routes } of groups) {
    for (const route of routes) {
      const operations = (paths[route.path.replaceAll(/:(\w+)/g, '{$1}')] ??= {})
      operations[route.method.toLowerCase()] = operationOf(route, name, refTo)
    }
  }
  return paths
}

function operationOf(route: Route, group: string, refTo: RefTo): Operation {
  const { operationId, summary, description, access, parameters = [], flow, body } = route
  const problems = byStatus(problemsOf(route))
  return {
    operationId,
    tags: [group],
    summary,
    description: [description, rolesOf(access)].filter(Boolean).join('\n\n'),
    security: access === 'public' ? [] : securityOf(access.roles),
    parameters: [...parameters, ...FLOWS[flow].parameters].map(refToParameter),
    ...(body && { requestBody: requestBody(body, refTo) }),
    responses: { ...successes(route, refTo), ...problemResponses(problems, refTo) },
    'x-problems': problems,
  }
}

const rolesOf = (access: Route['access']): string =>
  access === 'public' ? 'No token is needed.' : `Roles: ${access.roles.map((role) => `\`${role}\``).join(', ')}.`

const byStatus = (codes: ReadonlySet<ProblemCode>): ProblemCode[] =>
  PROBLEM_CODES.filter((code) => codes.has(code)).sort((a, b) => PROBLEM_TYPES[a].status - PROBLEM_TYPES[b].status)

const refToParameter = (name: ParameterName): Reference => ({ $ref: `#/components/parameters/${name}` })

const requestBody = ({ schema, examples, optional = false }: Body, refTo: RefTo) => ({
  required: !optional,
  content: { 'application/json': content(refTo(schema), examples) },
})

const content = (schema: Reference, examples: Readonly<Record<string, unknown>>): Content => ({
  schema,
  examples: Object.fromEntries(Object.entries(examples).map(([name, value]) => [name, { value: value as Json }])),
})

function successes({ responses, flow, access }: Route, refTo: RefTo): Record<string, ResponseObject> {
  const common = [...FLOWS[flow].headers, ...(access === 'public' ? [] : RATE_LIMITED)]
  const entries = Object.entries(responses).map(
    ([status, { description, headers = [], schema, example, media = [] }]) => [
      status,
      {
        description,
        headers: headersNamed([...headers, ...common]),
        content: {
          ...(schema && { 'application/json': content(refTo(schema), { example }) }),
          ...Object.fromEntries(media.map((type) => [type, { schema: MEDIA.get(type) ?? { type: 'string' } }])),
        },
      },
    ],
  )
  return Object.fromEntries(entries)
}

const text = { type: 'string' }
const MEDIA = new Map<string, JsonSchema>([
  ['application/json', { type: 'object' }],
  [
    'text/event-stream',
    {
      description: 'One event.',
      type: 'object',
      properties: { id: text, event: text, data: text, retry: { type: 'integer' } },
    },
  ],
])

/** Of every response to a request with a token, if requests are limited. */
const RATE_LIMITED: readonly HeaderName[] = ['RateLimit', 'RateLimit-Policy']

const headersNamed = (names: readonly HeaderName[]): Record<string, Reference> =>
  Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]))

const ALONGSIDE: Readonly<Record<number, readonly HeaderName[]>> = {
  401: ['WWW-Authenticate'],
  429: ['Retry-After', ...RATE_LIMITED],
  503: ['Retry-After'],
}

function problemResponses(codes: readonly ProblemCode[], refTo: RefTo): Record<string, ResponseObject> {
  const byStatus = Map.groupBy(codes, (code) => PROBLEM_TYPES[code].status)
  const entries = [...byStatus].map(([status, codes]) => [
    status,
    {
      description: codes.map((code) => `- [\`${code}\`](/problems/${code}): ${PROBLEM_TYPES[code].title}.`).join('\n'),
      headers: headersNamed([...(ALONGSIDE[status] ?? []), 'X-Request-Id']),
      content: { 'application/problem+json': problemContent(codes, refTo) },
    },
  ])
  return Object.fromEntries(entries)
}

const problemContent = (codes: readonly ProblemCode[], refTo: RefTo): Content => ({
  schema: { allOf: [refTo(Problem), { type: 'object', properties: { code: { enum: codes } } }] },
  examples: Object.fromEntries(codes.map((code) => [code, { $ref: `#/components/examples/${code}` }])),
})
