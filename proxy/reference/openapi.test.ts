import { Validator } from '@seriousme/openapi-schema-validator'
import { expect, test } from 'vitest'
import { openEmbeddedLog } from '#log/embedded/embedded-log.ts'
import { createProxy } from '../app.ts'
import { OPENAPI } from './openapi.ts'
import { CREDENTIALS, openScene } from '../testing/scene.ts'

test('the document is served to anybody, and is valid', async () => {
  const { app } = await openScene()
  const answer = await app.request('/openapi.json')
  expect(answer.status).toBe(200)
  const document = (await answer.json()) as Record<string, unknown>
  const validator = new Validator()
  expect(await validator.validate(document)).toEqual({ valid: true })
  expect(validator.version).toBe('3.1')
})

test('the document has every route that is served, and no other', async () => {
  const log = openEmbeddedLog({ file: ':memory:' })
  const { app } = createProxy({ log, credentials: CREDENTIALS })
  const served = app.routes
    .filter(({ method }) => method !== 'ALL')
    .map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)(\{[^}]*\})?/g, '{$1}')}`)
  const described = Object.entries(OPENAPI.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  )
  expect(described.toSorted()).toEqual(served.toSorted())
  await log.close()
})
