import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { openTestProxy, type TestProxy } from './testing/test-proxy.ts'

const PATHS = [
  '/produce',
  '/produce/one',
  '/produce/one/a',
  '/webhook?topic=one',
  '/consume/g/i',
  '/consume/g/i/one?timeout=1',
  '/commit/g/i',
  '/committed/g/i',
  '/fetch',
  '/offsets/latest',
  '/offsets/0',
  '/topics',
  '/consumers',
  '/delete-consumer/g/i',
]

const RUNS = 150

/** Every response is JSON with its own status, and none is an internal error. */
async function checkAnswer(answer: Response): Promise<void> {
  const body: unknown = JSON.parse(await answer.text())
  if (answer.status === 200) return
  expect(body).toMatchObject({ error: expect.any(String), status: answer.status })
  expect([400, 401, 403, 404, 405, 409, 413, 429, 503]).toContain(answer.status)
  expect((body as { error: string }).error).not.toMatch(/\n\s+at /)
}

const send = (proxy: TestProxy, method: string, path: string, body?: string | Uint8Array<ArrayBuffer>) =>
  proxy.request(path, { method, ...(body === undefined || method === 'GET' ? {} : { body }) })

const name = fc.oneof(fc.constantFrom('one', 'bookings', '__proto__', 'constructor', ''), fc.string())
const number = fc.oneof(fc.integer(), fc.nat(3), fc.double(), fc.constantFrom(2 ** 53, 1e300, -0))
const field = fc.oneof(name, number, fc.constant(null), fc.boolean(), fc.jsonValue({ maxDepth: 2 }))
const likely = fc.record(
  {
    topic: fc.oneof(name, field),
    topics: fc.oneof(fc.array(name, { maxLength: 3 }), field),
    partition: fc.oneof(number, field),
    offset: fc.oneof(number, field),
    value: field,
    key: field,
    timestamp: fc.oneof(number, field),
    headers: fc.oneof(fc.array(fc.record({ key: field, value: field }), { maxLength: 2 }), field),
    topicPartitionOffsets: fc.oneof(fc.array(fc.jsonValue({ maxDepth: 1 }), { maxLength: 2 }), field),
  },
  { requiredKeys: [] },
)
const json = fc.oneof(likely, fc.array(likely, { maxLength: 3 }), fc.jsonValue())

describe('the proxy returns no internal error', () => {
  test.each(PATHS)('for any JSON sent to %s', async (path) => {
    const proxy = await openTestProxy()
    const check = async (body: unknown): Promise<void> => {
      const quick = typeof body === 'object' && body !== null && !Array.isArray(body) ? { timeout: 1, ...body } : body
      await checkAnswer(await send(proxy, 'POST', path, JSON.stringify(quick)))
    }
    await fc.assert(fc.asyncProperty(json, check), { numRuns: RUNS })
  })

  test.each(PATHS)('for any bytes sent to %s', async (path) => {
    const proxy = await openTestProxy()
    const bytes = fc.uint8Array({ maxLength: 200 })
    const check = async (body: Uint8Array): Promise<void> =>
      checkAnswer(await send(proxy, 'POST', path, Uint8Array.from(body)))
    await fc.assert(fc.asyncProperty(bytes, check), { numRuns: RUNS })
  })

  test('for any path, method, query and header', async () => {
    const proxy = await openTestProxy()
    const first = fc.oneof(fc.constantFrom(...PATHS.map((path) => path.split(/[/?]/)[1]!)), fc.webSegment())
    const segment = fc.oneof(fc.constantFrom('one', '%', '%ff', '%2f', '..', 'g'), fc.webSegment())
    const path = fc.tuple(first, fc.array(segment, { maxLength: 4 }), fc.webQueryParameters())
    const method = fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'PATCH')
    const header = fc.constantFrom('earliest', 'none', 'true', '0', '-1', '1e9', '')
    await fc.assert(
      fc.asyncProperty(path, method, header, async ([first, rest, query], method, value) => {
        const path = `/${[first, ...rest].join('/')}?timeout=1&${query}`
        const headers = {
          'Kafka-Auto-Offset-Reset': value,
          'Kafka-Auto-Commit-Interval': value,
          'Kafka-Encoding': value,
        }
        const answer = await proxy.request(path, { method, headers })
        if (answer.headers.get('content-type')?.startsWith('text/event-stream')) await answer.body!.cancel()
        else await checkAnswer(answer)
      }),
      { numRuns: 500 },
    )
  })

  test('for any credentials', async () => {
    const { app } = await openTestProxy()
    const credentials = fc.oneof(
      fc.string(),
      fc.base64String().map((text) => `Basic ${text}`),
    )
    await fc.assert(
      fc.asyncProperty(credentials, async (authorization) => {
        let headers: Headers
        try {
          headers = new Headers({ authorization })
        } catch {
          return
        }
        expect((await app.request('/topics', { headers })).status).toBe(401)
      }),
      { numRuns: 300 },
    )
  })
})
