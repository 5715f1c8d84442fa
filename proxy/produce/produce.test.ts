import { describe, expect, test } from 'vitest'
import { MAX_SEND } from '#log/log.ts'
import { partitionOf } from '#log/partition.ts'
import { openScene } from '../testing/scene.ts'

const now = () => 1_700_000_000_000

describe('/produce', () => {
  test('answers the metadata of one message as a list', async () => {
    const { post } = await openScene({ now })
    const { status, json } = await post('/produce', { topic: 'bookings', partition: 2, value: 'a' })
    expect(status).toBe(200)
    expect(json).toEqual([{ topic: 'bookings', partition: 2, offset: 0, timestamp: now() }])
  })

  test('answers many in request order, topics mixed', async () => {
    const { post } = await openScene({ now })
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

  test('writes key, value and headers as they are', async () => {
    const { post } = await openScene({ now })
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

  test('takes the topic from the path, whatever the body says', async () => {
    const { post } = await openScene({ now })
    const one = { topic: 'one', partition: 0, timestamp: now() }
    expect((await post('/produce/one', { value: 'a', topic: 'bookings' })).json).toEqual([{ ...one, offset: 0 }])
    expect((await post('/produce/one/', [{ value: 'b' }, { value: 'c' }])).json).toEqual([
      { ...one, offset: 1 },
      { ...one, offset: 2 },
    ])
  })

  test('takes a message from the path, slashes and all, and answers one object', async () => {
    const { get, log } = await openScene({ now })
    const { json } = await get('/produce/one/a%20b/c%C3%A4?key=listing-123')
    expect(json).toEqual({ topic: 'one', partition: 0, offset: 0, timestamp: now() })
    const [message] = await log.read({ topic: 'one', partition: 0, offset: 0 }, 1, 0)
    expect([message!.value, message!.key].map((bytes) => new TextDecoder().decode(bytes!))).toEqual([
      'a b/cä',
      'listing-123',
    ])
  })

  test('takes any content type', async () => {
    const { post } = await openScene()
    for (const type of ['application/x-www-form-urlencoded', 'text/plain;charset=UTF-8', 'image/png']) {
      const { status } = await post('/produce/one', '{"value":"a"}', { 'content-type': type })
      expect([type, status]).toEqual([type, 200])
    }
  })

  const good = { topic: 'one', value: 'good' }
  const refusals: [what: string, status: number, body: unknown, error: RegExp][] = [
    ['an unknown topic', 404, [good, { topic: 'none', value: 'a' }], /there is no topic none/],
    ['a partition out of range', 400, [good, { topic: 'one', partition: 1, value: 'a' }], /one has no partition 1/],
    ['a negative partition', 400, [good, { topic: 'one', partition: -1, value: 'a' }], /one has no partition -1/],
    ['no value', 400, [good, { topic: 'one' }], /^1\.value: value is missing/],
    ['a value that is not text', 400, [good, { topic: 'one', value: 5 }], /^1\.value/],
    ['no topic', 400, [good, { value: 'a' }], /^1\.topic: topic is missing/],
    ['headers that are no list', 400, [{ ...good, headers: { a: 'b' } }], /^0\.headers/],
    ['no JSON', 400, '{"topic":', /not JSON/],
    ['half a character', 400, '{"topic":"one","value":"\\ud800"}', /^value has half a character/],
    ['no body', 400, undefined, /nothing in it/],
    ['no messages', 400, [], /nothing in it/],
    ['too many messages', 400, Array.from({ length: MAX_SEND + 1 }, () => good), /500 messages at most/],
    ['a message too large', 413, [good, { topic: 'one', value: 'x'.repeat(1024 * 1024 + 1) }], /bytes at most/],
  ]
  test.each(refusals)('refuses %s and writes nothing', async (_, status, body, error) => {
    const { post, log } = await openScene()
    const answer = await post('/produce', body)
    expect(answer).toMatchObject({ status, json: { status, error: expect.stringMatching(error) } })
    expect(await log.bounds('one')).toEqual([{ partition: 0, first: 0, end: 0 }])
  })

  test('refuses bytes that are no UTF-8 rather than to write others', async () => {
    const { request, log } = await openScene()
    const body = Buffer.from('{"topic":"one","value":"\xff"}', 'latin1')
    const answer = await request('/produce', { method: 'POST', body })
    expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining('not UTF-8')])
    expect(await log.bounds('one')).toEqual([{ partition: 0, first: 0, end: 0 }])
  })

  test('refuses a body over the limit', async () => {
    const { post } = await openScene({ limits: { bodyBytes: 100 } })
    const answer = await post('/produce', { topic: 'one', value: 'x'.repeat(100) })
    expect(answer).toMatchObject({
      status: 413,
      json: { status: 413, error: expect.stringMatching(/100 bytes at most/) },
    })
  })
})
