import { describe, expect, test } from 'vitest'
import type { z } from 'zod'
import { isOptional } from '#platform/json.ts'
import { PARAMETERS } from '../reference/parameters.ts'
import { FLOWS, isSigned, type Route } from '../routes/route.ts'
import { ROUTES } from '../routes/routes.ts'
import { credentialsFor, edge } from '../testing/edge.ts'

/** The rules for what clients send, on every route. A request that passes every check ends as an internal error here. */

async function send({ method, path, access, flow }: Route, init: RequestInit = {}, query = '') {
  const address = path.replace(':code', 'forbidden').replace(/:\w+/g, 'some-id') + query
  const authorization = await credentialsFor({ access, flow }, '')
  const response = await edge.request(address, {
    ...init,
    method,
    headers: { ...authorization, ...(init.headers as Record<string, string>) },
  })
  const isProblem = response.headers.get('content-type') === 'application/problem+json'
  const problem = isProblem ? ((await response.json()) as { code: string; errors?: { pointer: string }[] }) : undefined
  const pointers = problem?.errors?.map(({ pointer }) => pointer) ?? []
  return { status: response.status, headers: response.headers, code: problem?.code, pointers }
}

const bytes = (text: string) => new TextEncoder().encode(text)

const JSON_TYPE = { 'Content-Type': 'application/json' }

describe.each(ROUTES)('$method $path', (route) => {
  const names = [...(route.parameters ?? []), ...FLOWS[route.flow].parameters].map((name) => PARAMETERS[name])
  const query = names.filter((parameter) => parameter.in === 'query').map(({ name }) => name)

  test.each(['satus', 'Limit', 'limit%5B%5D', '__proto__'])('rejects the unknown parameter %s', async (name) => {
    const pointers = [decodeURIComponent(name)]
    expect(await send(route, {}, `?${name}=1`)).toMatchObject({ status: 422, code: 'invalid_request', pointers })
  })

  test('rejects each of its parameters if it is repeated', async () => {
    for (const name of query) {
      const answer = await send(route, {}, `?${name}=1&${name}=1`)
      expect(answer).toMatchObject({ status: 422, code: 'invalid_request', pointers: [name] })
    }
  })
})

const WITH_TOKEN = ROUTES.filter(({ method, access }) => method !== 'GET' && access !== 'public')

describe.each(WITH_TOKEN)('a body sent to $method $path', (route) => {
  test.each(['gzip', 'deflate', 'br', 'identity, gzip', 'GZIP'])('in the encoding %s returns 415', async (encoding) => {
    const answer = await send(route, { body: bytes('{}'), headers: { ...JSON_TYPE, 'Content-Encoding': encoding } })
    expect(answer).toMatchObject({ status: 415, code: 'unsupported_media_type' })
    expect(answer.headers.get('accept-encoding')).toBe('identity')
  })

  test.each<Record<string, string>>([
    {},
    JSON_TYPE,
    { 'Content-Type': 'text/plain' },
    { 'Content-Encoding': 'identity' },
  ])('that is empty is like none if it is optional: %j', async (headers) => {
    const { status, code } = await send(route, { body: new Uint8Array(), headers })
    if (route.body && !route.body.optional) expect({ status, code }).toEqual({ status: 400, code: 'malformed_json' })
    else expect(status).toBe(500)
  })
})

/** A signed body holds what its sender likes; `edge/routes/payments.test.ts` tests it. */
const WITH_BODY = ROUTES.filter((route) => route.body && !isSigned(route))

describe.each(WITH_BODY)('the JSON sent to $method $path', (route) => {
  const { schema, examples } = route.body!
  const [example] = Object.values(examples) as [object]
  const isInvalid = ['malformed_json', 'invalid_request', 'unsupported_media_type']
  const codeOf = async (body: Uint8Array<ArrayBuffer>) => (await send(route, { body, headers: JSON_TYPE })).code

  test('must be UTF-8', async () => {
    const invalid = Uint8Array.of(...bytes('{"name":"Caf'), 0xe9, ...bytes('"}'))
    expect(await codeOf(invalid)).toBe('malformed_json')
  })

  test('may begin with a byte order mark', async () => {
    expect(isInvalid).not.toContain(await codeOf(bytes(`\ufeff${JSON.stringify(example)}`)))
  })

  test('may hold null in every optional field, and in no other', async () => {
    const fields = Object.entries((schema as z.ZodObject).shape)
    const optional = fields.filter(([name, field]) => isOptional(field) && !(name in example))
    const nulls = Object.fromEntries(optional.map(([name]) => [name, null]))
    expect(isInvalid).not.toContain(await codeOf(bytes(JSON.stringify({ ...example, ...nulls }))))
    for (const [name] of [...fields.filter(([, field]) => !isOptional(field)), ['unknown']]) {
      const answer = await send(route, { body: JSON.stringify({ ...example, [name]: null }), headers: JSON_TYPE })
      expect(answer).toMatchObject({ status: 422, code: 'invalid_request', pointers: [`/${name}`] })
    }
  })
})
