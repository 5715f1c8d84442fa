import { describe, expect, test } from 'vitest'
import { openEmbeddedLog } from '#log/embedded/embedded-log.ts'
import { createProxy } from './app.ts'
import { CREDENTIALS, openTestProxy } from './testing/test-proxy.ts'

const basic = (text: string, encoding: BufferEncoding = 'utf8') => ({
  authorization: `Basic ${Buffer.from(text, encoding).toString('base64')}`,
})

describe('authentication', () => {
  const accepted: [string, Record<string, string>][] = [
    ['UTF-8', basic('proxy:pass:wörd')],
    ['Latin-1', basic('proxy:pass:wörd', 'latin1')],
    ['another case of the scheme', { authorization: basic('proxy:pass:wörd').authorization.replace('Basic', 'BASIC') }],
  ]
  test.each(accepted)('accepts %s', async (_, headers) => {
    const { request } = await openTestProxy()
    expect((await request('/topics', { headers })).status).toBe(200)
  })

  const rejected: [string, Record<string, string>][] = [
    ['missing credentials', { authorization: '' }],
    ['another password', basic('proxy:pass')],
    ['a longer password', basic('proxy:pass:wörd!')],
    ['another user', basic('other:pass:wörd')],
    ['another scheme', { authorization: 'Bearer proxy:pass:wörd' }],
    ['invalid base64', { authorization: 'Basic §§§' }],
  ]
  test.each(rejected)('rejects %s', async (_, headers) => {
    const { request } = await openTestProxy()
    const answer = await request('/topics', { headers })
    expect(answer.status).toBe(401)
    expect(answer.headers.get('WWW-Authenticate')).toMatch(/^Basic/)
    expect(await answer.json()).toMatchObject({ error: 'username or password is wrong', status: 401 })
  })

  test('rejects a character that has the same byte in Latin-1', async () => {
    const log = openEmbeddedLog({ file: ':memory:' })
    const { app } = createProxy({ log, credentials: { username: 'u', password: '\u0141' } })
    expect((await app.request('/topics', { headers: basic('u:\u0141') })).status).toBe(200)
    expect((await app.request('/topics', { headers: basic('u:A') })).status).toBe(401)
    await log.close()
  })

  const preflight = {
    authorization: '',
    origin: 'https://example.com',
    'access-control-request-method': 'POST',
    'access-control-request-headers': 'authorization,kafka-auto-offset-reset',
  }

  test('answers a preflight request of an allowed origin without credentials', async () => {
    const { request } = await openTestProxy({ origins: ['https://example.com'] })
    const answer = await request('/produce', { method: 'OPTIONS', headers: preflight })
    expect(answer.status).toBe(204)
    expect(answer.headers.get('access-control-allow-origin')).toBe('https://example.com')
    expect(answer.headers.get('access-control-allow-headers')).toMatch(/authorization, ?kafka-auto-offset-reset/)
    const page = await request('/topics', {
      headers: { origin: 'https://example.com', 'sec-fetch-site': 'cross-site' },
    })
    expect(page.status).toBe(200)
    expect(page.headers.get('access-control-allow-origin')).toBe('https://example.com')
  })

  test('answers no preflight request unless PROXY_CORS_ORIGINS names its origin', async () => {
    for (const origins of [[], ['https://other.example']]) {
      const { request } = await openTestProxy({ origins })
      const answer = await request('/produce', { method: 'OPTIONS', headers: preflight })
      expect(answer.headers.get('access-control-allow-origin')).toBeNull()
    }
  })

  test.each([
    [{ origin: 'https://example.com' }],
    [{ origin: 'null' }],
    [{ 'sec-fetch-site': 'cross-site' }],
    [{ 'sec-fetch-site': 'same-site', origin: 'http://localhost:3000' }],
  ])('refuses a page of another origin in spite of valid credentials: %j', async (page) => {
    const { request, post } = await openTestProxy({ origins: ['https://other.example'] })
    const answer = await request('/produce/one/forged', { headers: { ...page } })
    expect(answer.status).toBe(403)
    expect(await answer.json()).toMatchObject({ error: expect.stringContaining('PROXY_CORS_ORIGINS') })
    const end = await post('/offsets/latest', { topic: 'one', partition: 0 })
    expect(end.json).toMatchObject([{ offset: 0 }])
  })

  test.each([
    [{ 'sec-fetch-site': 'same-origin', origin: 'http://localhost' }],
    [{ origin: 'http://localhost' }],
    [{ 'sec-fetch-site': 'none' }],
  ])('accepts its own pages and the address bar: %j', async (page) => {
    const { request } = await openTestProxy()
    expect((await request('/topics', { headers: { ...page } })).status).toBe(200)
  })
})

describe('/topics and /offsets', () => {
  test('returns the topics with their partitions', async () => {
    const { get } = await openTestProxy()
    expect(await get('/topics/')).toEqual({ status: 200, json: { bookings: 3, one: 1 } })
  })

  test('returns the first and the end offset', async () => {
    const { post, fill } = await openTestProxy()
    await fill('bookings', 1, ['a', 'b'])
    const place = { topic: 'bookings', partition: 1 }
    expect((await post('/offsets/latest', place)).json).toEqual([{ ...place, offset: 2 }])
    expect((await post('/offsets/earliest', [place, { topic: 'one', partition: 0 }])).json).toEqual([
      { ...place, offset: 0 },
      { topic: 'one', partition: 0, offset: 0 },
    ])
  })

  test('returns the first offset at or after a time', async () => {
    const { post, fill, log } = await openTestProxy()
    await fill('bookings', 1, ['a', 'b'])
    const [first] = await log.read({ topic: 'bookings', partition: 1, offset: 0 }, 1, 1_000)
    const places = [1, 2].map((partition) => ({ topic: 'bookings', partition }))
    const offsetsAt = async (instant: number) =>
      ((await post(`/offsets/${instant}`, places)).json as { offset: number }[]).map(({ offset }) => offset)
    expect(await offsetsAt(first!.timestamp)).toEqual([0, 0])
    expect(await offsetsAt(first!.timestamp + 1_000_000)).toEqual([2, 0])
  })

  test('rejects unknown times, topics and partitions', async () => {
    const { post } = await openTestProxy()
    const place = { topic: 'one', partition: 0 }
    expect((await post('/offsets/yesterday', place)).status).toBe(400)
    expect((await post('/offsets/toString', place)).status).toBe(400)
    expect((await post('/offsets/latest', { ...place, topic: 'none' })).status).toBe(404)
    expect((await post('/offsets/latest', { ...place, partition: 1 })).status).toBe(400)
  })
})

describe('health', () => {
  test('needs no credentials, and is ready while the log answers', async () => {
    const { request, log } = await openTestProxy()
    const ask = async (path: string) => (await request(path, { headers: { authorization: '' } })).status
    expect([await ask('/healthz'), await ask('/readyz')]).toEqual([200, 200])
    await log.close()
    await expect.poll(() => ask('/readyz'), { timeout: 5_000 }).toBe(503)
    expect(await ask('/healthz')).toBe(200)
  })

  test('asks the log once for many calls of /readyz', async () => {
    const { request, log } = await openTestProxy()
    let asked = 0
    const topics = log.topics.bind(log)
    log.topics = () => {
      asked++
      return topics()
    }
    const answers = await Promise.all(Array.from({ length: 20 }, () => request('/readyz')))
    expect([new Set(answers.map(({ status }) => status)), asked]).toEqual([new Set([200]), 1])
  })
})

describe('errors', () => {
  test('are JSON for an unknown path', async () => {
    const { get } = await openTestProxy()
    const error = '/no/such/path does not exist'
    expect(await get('/no/such/path')).toEqual({
      status: 404,
      json: { error, status: 404, type: 'about:blank', title: 'Not Found', detail: error },
    })
  })

  test.each([
    ['PUT', '/topics', 'GET, POST'],
    ['DELETE', '/produce/one/a/b', 'GET, POST'],
    ['POST', '/stream/g/i/one', 'GET'],
    ['GET', '/delete-consumer/g/i', 'DELETE, POST'],
    ['POST', '/healthz', 'GET, HEAD'],
  ])('are 405 with Allow for %s %s', async (method, path, allow) => {
    const { request } = await openTestProxy()
    const answer = await request(path, { method })
    expect([answer.status, answer.headers.get('Allow')]).toEqual([405, allow])
    expect(await answer.json()).toMatchObject({ error: `${path} does not support ${method}`, status: 405 })
  })

  test('are 405 without credentials for another method of a public route', async () => {
    const { app } = await openTestProxy()
    for (const path of ['/healthz', '/docs/']) {
      const answer = await app.request(path, { method: 'POST' })
      expect([answer.status, answer.headers.get('Allow')]).toEqual([405, 'GET, HEAD'])
    }
  })

  test('a HEAD writes nothing', async () => {
    const { request, log } = await openTestProxy()
    const head = await request('/produce/one/never', { method: 'HEAD' })
    expect([head.status, head.headers.get('allow')]).toEqual([405, 'GET, POST'])
    expect(await log.bounds('one')).toEqual([{ partition: 0, first: 0, end: 0 }])
  })

  test('have Retry-After while the log is overloaded or closed', async () => {
    const log = openEmbeddedLog({ file: ':memory:', queueLimit: { messages: 1, bytes: 1000 } })
    await log.createTopics([{ topic: 'one', partitions: 1 }])
    const { app } = createProxy({ log, credentials: CREDENTIALS })
    const produce = (...values: string[]) =>
      app.request('/produce/one', {
        method: 'POST',
        headers: basic('proxy:pass:wörd'),
        body: JSON.stringify(values.map((value) => ({ value }))),
      })
    const overloaded = await produce('a', 'b')
    expect([overloaded.status, overloaded.headers.get('Retry-After')]).toEqual([503, '1'])
    expect((await produce('a')).status).toBe(200)
    await log.close()
    const closed = await produce('a')
    expect([closed.status, closed.headers.get('Retry-After')]).toEqual([503, '1'])
    expect(await closed.json()).toMatchObject({ error: 'the log is closed', status: 503, code: 'closed' })
  })
})
