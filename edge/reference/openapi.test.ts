import { Validator } from '@seriousme/openapi-schema-validator'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, test } from 'vitest'
import { PROBLEM_CODES, PROBLEM_TYPES, type ProblemCode } from '../problem-types.ts'
import type { RouteGroup } from '../routes/route.ts'
import { GROUPS, openApi, ROUTES } from '../routes/routes.ts'
import type { Content, Example, JsonSchema, Operation } from './document.ts'
import { openApiOf } from './openapi.ts'
import { edge } from '../testing/edge.ts'

const api = openApi()

const operations = Object.entries(api.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ key: `${method.toUpperCase()} ${path}`, operation })),
)

test('the document is served without a token', async () => {
  const response = await edge.request('/openapi.json')
  expect(response.status).toBe(200)
  expect(await response.json()).toEqual(JSON.parse(JSON.stringify(api)))
})

test('the document is valid', async () => {
  const validator = new Validator()
  expect(await validator.validate(JSON.parse(JSON.stringify(api)))).toEqual({ valid: true })
  expect(validator.version).toBe('3.1')
})

test('the document has exactly the served routes', () => {
  const served = edge.routes
    .filter(({ method }) => method !== 'ALL')
    .map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`)
  expect(operations.map(({ key }) => key).sort()).toEqual([...new Set(served)].sort())
})

describe('a group of routes', () => {
  const [first, ...others] = GROUPS as [RouteGroup, ...RouteGroup[]]

  test('names every schema of its routes', () => {
    expect(() => openApiOf([{ ...first, schemas: {} }, ...others])).toThrow('a schema of a route has no name')
  })

  test('gives no schema a name that another one has', () => {
    const planted = { ...first, schemas: { ...first.schemas, Money: first.schemas['Booking']! } }
    expect(() => openApiOf([planted, ...others])).toThrow('two schemas of the reference have the name Money')
  })
})

test('an operation requires a token exactly if its route is not public, and names the roles', () => {
  const guarded = operations.filter(({ operation }) => operation.security.length > 0)
  const expected = ROUTES.flatMap(({ method, path, access }) =>
    access === 'public' ? [] : [[`${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`, access.roles]],
  )
  const told = guarded.map(({ key, operation }) => [key, operation.security.flatMap(Object.keys)])
  expect(Object.fromEntries(told)).toEqual(Object.fromEntries(expected))
})

describe('problems', () => {
  const told = ({ responses }: Operation): string[] =>
    Object.values(responses).flatMap(({ content }) =>
      Object.keys(content?.['application/problem+json']?.examples ?? {}),
    )

  test.each(operations)('are among the responses, by status: $key', ({ operation }) => {
    expect(operation['x-problems']).toContain('internal_error')
    expect(told(operation).sort()).toEqual([...operation['x-problems']].sort())
    for (const code of operation['x-problems']) {
      const { content } = operation.responses[PROBLEM_TYPES[code as ProblemCode].status]!
      expect(content?.['application/problem+json']?.examples).toHaveProperty(code)
    }
  })

  test('are each returned by some route, except those that occur before a route is selected', () => {
    const all = new Set(operations.flatMap(({ operation }) => operation['x-problems']))
    const before = ['invalid_http', 'method_not_allowed', 'request_timeout', 'headers_too_large']
    expect([...all, ...before].sort()).toEqual([...PROBLEM_CODES].sort())
  })

  test('are an enum', () => {
    const { properties } = api.components.schemas['Problem'] as { properties: Record<string, JsonSchema> }
    expect(properties['code']).toMatchObject({ enum: PROBLEM_CODES })
  })
})

test('a field that accepts null accepts nothing else that its schema does not name', () => {
  expect(JSON.stringify(api.components.schemas)).not.toContain('"anyOf":[{},')
})

describe('examples', () => {
  const ajv = new Ajv2020({ strict: false, validateFormats: false }).addSchema({ ...api }, 'api')
  const faultsOf = (content: Content): unknown[] => {
    const validate = ajv.compile(absolute(content.schema))
    return Object.values(content.examples ?? {}).flatMap((example) => {
      const { value } = '$ref' in example ? api.components.examples[example.$ref.split('/').at(-1)!]! : example
      return validate(value) ? [] : [{ value, errors: validate.errors }]
    })
  }

  test.each(operations)('match their schemas: $key', ({ operation }) => {
    const contents = [operation.requestBody, ...Object.values(operation.responses)].flatMap((part) =>
      Object.values(part?.content ?? {}),
    )
    expect(contents.length).toBeGreaterThan(0)
    expect(contents.flatMap(faultsOf)).toEqual([])
  })

  test.each(ROUTES.filter(({ body }) => body))('are valid for the route: $method $path', ({ body }) => {
    for (const example of Object.values(body!.examples)) {
      expect(body!.schema.safeParse(example)).toMatchObject({ success: true })
    }
  })

  test.each(Object.entries(api.components.parameters))(
    'of parameters match their schemas: %s',
    (_, { schema, example }) => {
      if (example !== undefined) expect(ajv.validate(absolute(schema), example)).toBe(true)
    },
  )

  test('that do not match are found', () => {
    const [body] = Object.values(api.paths['/v1/bookings']!['post']!.requestBody!.content)
    const [example] = Object.values(body!.examples!) as [Example]
    const wrong = { ...(example.value as object), guests: 0 }
    expect(faultsOf({ schema: body!.schema, examples: { wrong: { value: wrong } } })).toHaveLength(1)
  })
})

/** References as seen from outside the document. */
const absolute = (schema: JsonSchema): JsonSchema => JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"api#/'))

test("the body of the document's curl is an example", () => {
  const { content } = api.paths['/api/bookings']!['post']!.requestBody!
  expect(content['application/json']!.examples!['document']).toEqual({
    value: { listing_id: 'listing-123', check_in: '2025-12-01', check_out: '2025-12-05', guest_count: 2 },
  })
})

test('fields have descriptions, and optional fields of a body are not required', () => {
  const { BookingRequest, Booking } = api.components.schemas as Record<string, { required: string[] }>
  expect(BookingRequest).toMatchObject({
    additionalProperties: false,
    properties: { checkIn: { format: 'date', description: expect.stringContaining('departure') } },
  })
  expect(BookingRequest!.required).toEqual(['listingId', 'checkIn', 'guests'])
  expect(Booking!.required).toContain('quantity')
})
