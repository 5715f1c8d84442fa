import { describe, expect, test } from 'vitest'
import { openTestProxy } from '../testing/test-proxy.ts'

const BASE64 = { 'Kafka-Encoding': 'base64' }
const bytes = Uint8Array.of(0, 255, 128, 10)
const base64 = Buffer.from(bytes).toString('base64')

describe('base64', () => {
  test('round-trips any bytes', async () => {
    const { post, log } = await openTestProxy()
    const headers = [
      { key: 'h', value: base64 },
      { key: 'h', value: '' },
    ]
    const sent = await post('/produce/one', { key: base64, value: base64, headers }, BASE64)
    expect(sent.status).toBe(200)
    const [message] = await log.read({ topic: 'one', partition: 0, offset: 0 }, 1, 0)
    expect(message).toMatchObject({ key: bytes, value: bytes })
    expect(message!.headers).toEqual([
      ['h', bytes],
      ['h', Uint8Array.of()],
    ])
    const { json } = await post('/fetch?encoding=base64', { topic: 'one', partition: 0, offset: 0 })
    expect(json).toMatchObject([{ key: base64, value: base64, headers }])
  })

  test('distinguishes absent from empty, unlike text', async () => {
    const { post } = await openTestProxy()
    await post('/produce/one', [{ value: null }, { value: '', key: '' }])
    const fetch = async (headers: Record<string, string>) => {
      const { json } = await post('/fetch', { topic: 'one', partition: 0, offset: 0 }, headers)
      return (json as { key: unknown; value: unknown }[]).map(({ key, value }) => [key, value])
    }
    expect(await fetch(BASE64)).toEqual([
      [null, null],
      ['', ''],
    ])
    expect(await fetch({})).toEqual([
      ['', ''],
      ['', ''],
    ])
  })

  test('is accepted in either alphabet, with or without padding', async () => {
    const { post, get } = await openTestProxy()
    for (const value of ['//4=', '__4=', '//4', '__4']) {
      expect([value, (await post('/produce/one', { value }, BASE64)).status]).toEqual([value, 200])
    }
    await get('/produce/one/__4?encoding=base64')
    const { json } = await post('/fetch', { topic: 'one', partition: 0, offset: 0 }, BASE64)
    expect((json as { value: string }[]).map(({ value }) => value)).toEqual(Array.from({ length: 5 }, () => '//4='))
  })

  const rejections: [what: string, body: object, headers: Record<string, string>, error: RegExp][] = [
    ['a value with other characters', { value: 'a b' }, BASE64, /^value is not base64/],
    ['a value with a wrong length', { value: 'abcde' }, BASE64, /^value is not base64/],
    ['an invalid key', { value: '', key: '!' }, BASE64, /^key is not base64/],
    ['an invalid header', { value: '', headers: [{ key: 'a', value: '!' }] }, BASE64, /^headers\.0\.value is not/],
    ['an unknown encoding', { value: '' }, { 'Kafka-Encoding': 'hex' }, /text or base64, not hex/],
  ]
  test.each(rejections)('rejects %s', async (_, body, headers, error) => {
    const { post } = await openTestProxy()
    expect(await post('/produce/one', body, headers)).toMatchObject({
      status: 400,
      json: { status: 400, error: expect.stringMatching(error) },
    })
  })
})
