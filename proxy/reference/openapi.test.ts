import { Validator } from '@seriousme/openapi-schema-validator'
import { Hono } from 'hono'
import { expect, test } from 'vitest'
import { DEV_DEFAULTS } from '#platform/defaults.mjs'
import type { Credentials } from '../accounts/account.ts'
import type { Route } from '../routes/route.ts'
import { openTestProxy } from '../testing/test-proxy.ts'
import { checkDocumented, openApiOf } from './openapi.ts'

const planted: Route = {
  methods: ['POST', 'GET'],
  path: '/planted/:topic',
  docs: { operationId: 'planted', summary: 'A planted route.', success: { description: 'Done.' } },
  handle: (c) => c.json({}),
}
const topic = { name: 'topic', in: 'path', required: true, description: 'A topic.', schema: {} } as const

test('/openapi.json is a valid document and needs no credentials', async () => {
  const { app } = await openTestProxy()
  const answer = await app.request('/openapi.json')
  expect(answer.status).toBe(200)
  const document = (await answer.json()) as Record<string, unknown>
  const validator = new Validator()
  expect(await validator.validate(document)).toEqual({ valid: true })
  expect(validator.version).toBe('3.1')
})

test('/openapi.json describes every route that the proxy serves, and no other', async () => {
  const { app } = await openTestProxy()
  const { paths } = (await (await app.request('/openapi.json')).json()) as { paths: Record<string, object> }
  const served = app.routes
    .filter(({ method }) => method !== 'ALL')
    .map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)(\{[^}]*\})?/g, '{$1}')}`)
  const described = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  )
  expect(described.toSorted()).toEqual(served.toSorted())
})

test('/openapi.json names its server, an area for each route, the dev credentials, and no title twice', async () => {
  const { app } = await openTestProxy()
  const document = (await (await app.request('/openapi.json')).json()) as ReturnType<typeof openApiOf> & {
    paths: Record<string, Record<string, { summary: string; tags: string[] }>>
  }
  const operations = Object.values(document.paths).flatMap((methods) => Object.values(methods))
  const areas = document.tags.map(({ name }) => name)
  expect(document.servers).toMatchObject([{ url: '/' }])
  expect(document.components.securitySchemes.basic.description).toContain('`reservoir` and `reservoir-dev`')
  expect(areas).toEqual(['Produce', 'Consume', 'Read', 'Server'])
  for (const { tags } of operations) expect(areas).toContain(tags[0])
  const titles = operations.map(({ summary }) => summary)
  expect(titles.filter((title, i) => titles.indexOf(title) !== i)).toEqual([])
})

test('the reference page has the public credentials of the dev profile filled in, and no others', async () => {
  const pageWith = async (credentials: Credentials): Promise<string> => {
    const { app } = await openTestProxy({ credentials })
    return (await app.request('/docs')).text()
  }
  const { UPSTASH_KAFKA_REST_USERNAME: username, UPSTASH_KAFKA_REST_PASSWORD: password } = DEV_DEFAULTS
  const filledIn = `"securitySchemes":{"basic":${JSON.stringify({ username, password })}}`
  expect(await pageWith({ username, password })).toContain(filledIn)
  for (const other of [
    { username: 'other', password },
    { username, password: 'other' },
  ]) {
    expect(await pageWith(other)).not.toContain('securitySchemes')
  }
})

test('a planted route without documentation stops the start', () => {
  const document = openApiOf([{ ...planted, docs: { ...planted.docs, parameters: [topic] } }])
  const app = new Hono().get('/planted/:topic', (c) => c.json({}))
  expect(() => checkDocumented(app.routes, document)).not.toThrow()
  app.get('/planted', (c) => c.json({}))
  expect(() => checkDocumented(app.routes, document)).toThrow('GET /planted has no documentation')
})

test('a planted route with an undocumented path parameter stops the start', () => {
  expect(() => openApiOf([planted])).toThrow('the documentation of /planted/:topic lacks the parameters topic')
})
