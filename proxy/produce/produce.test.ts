import { describe, expect, test } from 'vitest'
import { MAX_SEND } from '#log/log.ts'
import { partitionOf } from '#log/partition.ts'
import { openTestProxy } from '../testing/test-proxy.ts'

const now = () => 1_700_000_000_000

describe('/produce', () => {
  test('returns the metadata of one message as a list', async () => {
    const { post } = await openTestProxy({ now })
    const { status, json } = await post('/produce', { topic: 'bookings', partition: 2, value: 'a' })
    expect(status).toBe(200)
    expect(json).toEqual([{ topic: 'bookings', partition: 2, offset: 0, timestamp: now() }])
  })

  test('returns metadata in request order for mixed topics', async () => {
    const { post } = await openTestProxy({ now })
    const { json } = await post('/produce', [
      { topic: 'one', value: 'a' },
      { topic: 'bookings', value: 'b', key: 'listing-123' },
      { topic: 'one', value: 'c', timestamp: 5 },
    ])
    expect(json).toEqual([
      { topic: 'one', partition: 0, offset: 0, timestamp: now() },
      { topic: 'bookings', partition: partitionOf('listing-123', 3), offset: 0, timestamp: now() },
      { topic: 'one', partition: 0, offset: 1, timestamp: 5 },
    ])
  })

  test.each(['text', 'base64'])('writes and returns headers without a name or a value as %s', async (encoding) => {
    const { post } = await openTestProxy()
    const headers = ['', null, ''].map((value) => ({ key: '', value }))
    const options = { 'Kafka-Encoding': encoding }
    expect(await post('/produce', { topic: 'one', value: '', headers }, options)).toMatchObject({ status: 200 })
    const read = await post('/fetch', { topic: 'one', partition: 0, offset: 0 }, options)
    expect(read.json).toMatchObject([{ value: '', headers }])
    expect(await post('/produce/one', read.json, options)).toMatchObject({ status: 200 })
  })

  test('writes key, value and headers unchanged', async () => {
    const { post } = await openTestProxy({ now })
    const headers = [
      { key: 'trace', value: 'ä' },
      { key: 'trace', value: '' },
    ]
    await post('/produce', { topic: 'one', key: 'ключ', value: '予約', headers })
    const { json } = await post('/fetch', { topic: 'one', partition: 0, offset: 0 })
    expect(json).toEqual([
      { topic: 'one', partition: 0, offset: 0, timestamp: now(), key: 'ключ', value: '予約', headers },
    ])
  })

  test('uses the topic of the path, not of the body', async () => {
    const { post } = await openTestProxy({ now })
    const one = { topic: 'one', partition: 0, timestamp: now() }
    expect((await post('/produce/one', { value: 'a', topic: 'bookings' })).json).toEqual([{ ...one, offset: 0 }])
    expect((await post('/produce/one/', [{ value: 'b' }, { value: 'c' }])).json).toEqual([
      { ...one, offset: 1 },
      { ...one, offset: 2 },
    ])
  })

  test('writes the rest of the path, with its slashes, and returns one object', async () => {
    const { get, log } = await openTestProxy({ now })
    const { json } = await get('/produce/one/a%20b/c%C3%A4?key=listing-123')
    expect(json).toEqual({ topic: 'one', partition: 0, offset: 0, timestamp: now() })
    const [message] = await log.read({ topic: 'one', partition: 0, offset: 0 }, 1, 0)
    expect([message!.value, message!.key].map((bytes) => new TextDecoder().decode(bytes!))).toEqual([
      'a b/cä',
      'listing-123',
    ])
  })

  test('parses JSON with any content type', async () => {
    const { post } = await openTestProxy()
    for (const type of ['application/x-www-form-urlencoded', 'text/plain;charset=UTF-8', 'image/png']) {
      const { status } = await post('/produce/one', '{"value":"a"}', { 'content-type': type })
      expect([type, status]).toEqual([type, 200])
    }
  })

  test.each(['/produce/one', '/fetch', '/consume/g/i', '/commit/g/i', '/offsets/latest', '/committed/g/i'])(
    '%s parses JSON without a content type',
    async (path) => {
      const { request } = await openTestProxy()
      await request('/consume/g/i/one?timeout=0')
      // A body of bytes has no content type of its own, unlike one of text.
      const send = async (body: string) => {
        const answer = await request(path, { method: 'POST', body: Buffer.from(body) })
        return [answer.status, (await answer.text()).includes('not JSON')]
      }
      const body = JSON.stringify({ value: 'a', topic: 'none', partition: 0, offset: 0, timeout: 0 })
      expect(await send(body)).toEqual([path === '/produce/one' ? 200 : 404, false])
      expect(await send('{')).toEqual([400, true])
    },
  )

  const good = { topic: 'one', value: 'good' }
  const rejections: [what: string, status: number, body: unknown, error: RegExp][] = [
    ['an unknown topic', 404, [good, { topic: 'none', value: 'a' }], /topic none does not exist/],
    ['a partition out of range', 400, [good, { topic: 'one', partition: 1, value: 'a' }], /one has no partition 1/],
    ['a negative partition', 400, [good, { topic: 'one', partition: -1, value: 'a' }], /one has no partition -1/],
    ['no value', 400, [good, { topic: 'one' }], /^1\.value is missing/],
    ['a value that is not a string', 400, [good, { topic: 'one', value: 5 }], /^1\.value/],
    ['no topic', 400, [good, { value: 'a' }], /^1\.topic is missing/],
    ['headers that are not a list', 400, [{ ...good, headers: { a: 'b' } }], /^0\.headers/],
    ['invalid JSON', 400, '{"topic":', /not JSON/],
    ['an unpaired surrogate', 400, '{"topic":"one","value":"\\ud800"}', /^value contains an unpaired surrogate/],
    ['no body', 400, undefined, /body is empty/],
    ['no messages', 400, [], /no messages/],
    [
      'a message too large',
      413,
      [good, { topic: 'one', value: 'x'.repeat(1024 * 1024 + 1) }],
      /must not exceed 1048576 bytes/,
    ],
  ]
  test.each(rejections)('rejects %s and writes nothing', async (_, status, body, error) => {
    const { post, log } = await openTestProxy()
    const answer = await post('/produce', body)
    expect(answer).toMatchObject({ status, json: { status, error: expect.stringMatching(error) } })
    expect(await log.bounds('one')).toEqual([{ partition: 0, first: 0, end: 0 }])
  })

  test.each(['gzip', 'deflate', 'identity, br'])('rejects a body in the encoding %s', async (encoding) => {
    const { request, log } = await openTestProxy()
    for (const path of [
      '/produce',
      '/produce/one',
      '/webhook?topic=one',
      '/consume/g/i',
      '/fetch',
      '/offsets/latest',
    ]) {
      const answer = await request(path, { method: 'POST', body: 'x', headers: { 'Content-Encoding': encoding } })
      expect([path, answer.status, answer.headers.get('accept-encoding')]).toEqual([path, 415, 'identity'])
    }
    expect(await log.bounds('one')).toEqual([{ partition: 0, first: 0, end: 0 }])
  })

  test('skips a byte order mark, and keeps those in values', async () => {
    const { request, post } = await openTestProxy()
    const body = `\ufeff${JSON.stringify({ topic: 'one', value: '\ufeffa' })}`
    expect((await request('/produce', { method: 'POST', body })).status).toBe(200)
    const { json } = await post('/fetch', {
      topic: 'one',
      partition: 0,
      offset: 0,
      timeout: null,
      topicPartitionOffsets: null,
    })
    expect(json).toMatchObject([{ value: '\ufeffa' }])
  })

  test('writes more messages than the log takes at once, in order', async () => {
    const { post, log } = await openTestProxy()
    const count = 2 * MAX_SEND + 1
    const { status, json } = await post(
      '/produce',
      Array.from({ length: count }, (_, n) => ({ ...good, value: `${n}` })),
    )
    expect(status).toBe(200)
    expect((json as { offset: number }[]).map(({ offset }) => offset)).toEqual(
      Array.from({ length: count }, (_, n) => n),
    )
    const [last] = await log.read({ topic: 'one', partition: 0, offset: count - 1 }, 1, 0)
    expect(last).toMatchObject({ value: new TextEncoder().encode(`${count - 1}`) })
  })

  test.each([
    ['hello/', 'hello/'],
    ['hello//', 'hello//'],
    ['a/b/', 'a/b/'],
    ['hello%2F', 'hello/'],
    ['%2F', '/'],
    ['', ''],
    ['what%3Fa=b%23', 'what?a=b#'],
    ['100%25', '100%'],
    ['%252F', '%2F'],
    ['a+b%20c', 'a+b c'],
    ['M%C3%BCnchen', 'München'],
  ])('takes the value of /produce/one/%s as it is', async (path, value) => {
    const { get, post } = await openTestProxy()
    expect(await get(`/produce/one/${path}`)).toMatchObject({ status: 200, json: { topic: 'one', offset: 0 } })
    const { json } = await post('/fetch', { topic: 'one', partition: 0, offset: 0 })
    expect(json).toMatchObject([{ value }])
  })

  test.each(['100%', '%ff', '%ED%A0%80', 'a?b=c', 'a?key=1&key=2', 'a?Key=1'])(
    'rejects /produce/one/%s and writes nothing',
    async (path) => {
      const { get, log } = await openTestProxy()
      expect(await get(`/produce/one/${path}`)).toMatchObject({ status: 400 })
      expect(await log.bounds('one')).toEqual([{ partition: 0, first: 0, end: 0 }])
    },
  )

  test('rejects invalid UTF-8 instead of replacing bytes', async () => {
    const { request, log } = await openTestProxy()
    const body = Buffer.from('{"topic":"one","value":"\xff"}', 'latin1')
    const answer = await request('/produce', { method: 'POST', body })
    expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining('not valid UTF-8')])
    expect(await log.bounds('one')).toEqual([{ partition: 0, first: 0, end: 0 }])
  })

  test('rejects a body above the limit', async () => {
    const { post } = await openTestProxy({ limits: { bodyBytes: 100 } })
    const answer = await post('/produce', { topic: 'one', value: 'x'.repeat(100) })
    expect(answer).toMatchObject({
      status: 413,
      json: { status: 413, error: expect.stringMatching(/exceeds 100 bytes/) },
    })
  })
})
