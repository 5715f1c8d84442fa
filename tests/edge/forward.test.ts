import { createLocalJWKSet } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { plannedTopics, TOPICS } from '#domain/topics.ts'
import { createQueryClient, type QueryClient } from '#edge/reads/query-client.ts'
import { openEmbeddedLog } from '#log/embedded/embedded-log.ts'
import { createApi } from '#processor/api/app.ts'
import { serve } from '#platform/node/serve.ts'
import { createWaiters } from '#processor/api/waiters.ts'
import { createLogger, printTrouble } from '#platform/log-line.ts'
import { COLLECTIONS } from '#processor/collections.ts'
import { openEmbeddedStore } from '#store/embedded/embedded-store.ts'
import { type Client, startTestSystem, type TestSystem } from '../system/system.ts'

/** The edge forwards requests to the processor's API unchanged. */

let system: TestSystem
let traveler: Client
let query: QueryClient
let token: string
const closing: (() => Promise<unknown>)[] = []

beforeAll(async () => {
  system = await startTestSystem()
  traveler = system.as('traveler', 'traveler-1')
  token = await system.tokenOf('traveler', 'traveler-1')
  query = createQueryClient(await serveEcho())
})

afterAll(async () => {
  for (const close of closing) await close()
  await system.close()
})

/** The processor's API with one more route, which returns what it received. */
async function serveEcho(): Promise<string> {
  const { jwks, issuer, audience } = system.endpoints
  const log = openEmbeddedLog({ file: ':memory:' })
  const store = openEmbeddedStore({ file: ':memory:', collections: COLLECTIONS })
  await log.createTopics(plannedTopics(TOPICS))
  const api = createApi({
    log,
    store,
    logger: createLogger('processor', printTrouble),
    topics: TOPICS,
    tokens: { keys: createLocalJWKSet(jwks), issuer, audience },
    waiters: createWaiters(),
    closing: new AbortController().signal,
    now: Date.now,
  })
  api.all('/v1/echo', async (c) =>
    c.json({
      method: c.req.method,
      type: c.req.header('content-type') ?? null,
      length: c.req.header('content-length') ?? null,
      bytes: [...new Uint8Array(await c.req.arrayBuffer())],
    }),
  )
  const server = await serve(api.fetch, { port: 0 })
  closing.push(
    () => server.close(0),
    () => log.close(),
    () => store.close(),
  )
  return `http://127.0.0.1:${server.port}`
}

const forward = (method: string, body?: BodyInit, headers: Record<string, string> = {}) =>
  query.forward(
    new Request('http://edge/v1/echo', {
      method,
      headers,
      ...(body !== undefined && { body, duplex: 'half' }),
    }),
    { headers: { authorization: `Bearer ${token}` }, signal: new AbortController().signal },
  )

describe('forward', () => {
  const json = { 'content-type': 'application/json; charset=utf-8' }
  const bytes = Uint8Array.of(0, 0xff, 0xfe, 0x0d, 0x0a)

  test.each(['POST', 'PUT', 'PATCH', 'DELETE'])('forwards the body of a %s and its type', async (method) => {
    expect(await (await forward(method, '{"email":false}', json)).json()).toEqual({
      method,
      type: json['content-type'],
      length: '15',
      bytes: [...new TextEncoder().encode('{"email":false}')],
    })
  })

  test('forwards binary data', async () => {
    const type = { 'content-type': 'application/octet-stream' }
    expect(await (await forward('POST', bytes, type)).json()).toMatchObject({
      type: type['content-type'],
      bytes: [...bytes],
    })
  })

  test('forwards a chunked body', async () => {
    const chunks = new Blob([bytes, bytes]).stream()
    expect(await (await forward('PUT', chunks, json)).json()).toMatchObject({ bytes: [...bytes, ...bytes] })
  })

  test.each(['GET', 'POST', 'DELETE'])('forwards a %s without a body', async (method) => {
    expect(await (await forward(method)).json()).toEqual({
      method,
      type: null,
      length: method === 'POST' ? '0' : null,
      bytes: [],
    })
  })

  test('rejects a body of more than 16 KiB', async () => {
    const most = new Uint8Array(16 * 1024)
    expect((await forward('POST', most, json)).status).toBe(200)
    await expect(forward('POST', new Uint8Array(most.length + 1), json)).rejects.toMatchObject({
      document: { code: 'body_too_large' },
    })
  })
})

describe('a personal write through the edge', () => {
  const readAll = (key: string, body?: object) =>
    traveler('POST', '/v1/notifications/read-all', body, { 'Idempotency-Key': key })

  test('returns the original response when its key is repeated with the same body', async () => {
    const first = await readAll('same', { until: '2026-01-01' })
    expect(first).toMatchObject({ status: 200, body: { read: 0 } })
    const second = await readAll('same', { until: '2026-01-01' })
    expect(second.body).toEqual(first.body)
    expect(second.headers.get('idempotency-replayed')).toBe('true')
  })

  test('is rejected when its key is repeated with another body', async () => {
    await readAll('other', { until: '2026-01-01' })
    for (const body of [{ until: '2026-01-02' }, undefined])
      expect(await readAll('other', body)).toMatchObject({ status: 422, body: { code: 'idempotency_key_reused' } })
  })

  test('rejects a body of more than 16 KiB', async () => {
    const body = { note: 'x'.repeat(16 * 1024) }
    expect(await readAll('large', body)).toMatchObject({ status: 413, body: { code: 'body_too_large' } })
  })
})
