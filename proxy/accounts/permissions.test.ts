import { describe, expect, test } from 'vitest'
import { openTestProxy, valuesIn, type TestProxy } from '../testing/test-proxy.ts'

const users = [
  { username: 'writer', password: 'w', produce: ['bookings', 'shop-*'], consume: [] },
  { username: 'reader', password: 'r', produce: [], consume: ['book*'] },
  { username: 'outsider', password: 'o', produce: [], consume: [] },
]

const as = (username: string) => ({
  authorization: `Basic ${Buffer.from(`${username}:${username[0]}`).toString('base64')}`,
})

const open = async (): Promise<TestProxy> => {
  const proxy = await openTestProxy({ users })
  await proxy.log.createTopics([{ topic: 'shop-orders', partitions: 1 }])
  return proxy
}

describe('an account', () => {
  test('produces only to topics granted by name or prefix', async () => {
    const { post, log } = await open()
    const produce = async (user: string, topic: string) =>
      (await post('/produce', { topic, partition: 0, value: 'a' }, as(user))).status
    expect(await produce('writer', 'bookings')).toBe(200)
    expect(await produce('writer', 'shop-orders')).toBe(200)
    expect(await produce('writer', 'one')).toBe(403)
    expect(await produce('reader', 'bookings')).toBe(403)
    expect((await log.bounds('one'))[0]!.end).toBe(0)
  })

  test('gets 403 for a whole request because of one topic', async () => {
    const { post, log } = await open()
    const batch = ['shop-orders', 'one'].map((topic) => ({ topic, value: 'a' }))
    expect(await post('/produce', batch, as('writer'))).toMatchObject({
      status: 403,
      json: { error: 'writer may not produce one', status: 403 },
    })
    expect((await log.bounds('shop-orders'))[0]!.end).toBe(0)
  })

  test('cannot tell whether a topic it may not use exists', async () => {
    const { post, request } = await open()
    const topics = async (user: string) => (await request('/topics', { headers: as(user) })).json()
    expect(await topics('writer')).toEqual({ bookings: 3, 'shop-orders': 1 })
    expect(await topics('reader')).toEqual({ bookings: 3 })
    expect(await topics('outsider')).toEqual({})
    const refusal = async (topic: string) => (await post('/produce', { topic, value: 'a' }, as('outsider'))).status
    expect([await refusal('bookings'), await refusal('none')]).toEqual([403, 403])
  })

  test('consumes only granted topics, on every route', async () => {
    const { post, fill, request } = await open()
    await fill('bookings', 0, ['a'])
    const place = { topic: 'bookings', partition: 0 }
    const routes: [path: string, body: (topic: string) => object][] = [
      ['/fetch', (topic) => ({ topic, partition: 0, offset: 0, timeout: 0 })],
      ['/consume/g/i', (topic) => ({ topic, timeout: 0 })],
      ['/offsets/latest', (topic) => ({ topic, partition: 0 })],
      ['/committed/g/i', (topic) => ({ topic, partition: 0 })],
    ]
    for (const [path, body] of routes) {
      const statuses = [
        (await post(path, body(place.topic), as('reader'))).status,
        (await post(path, body('one'), as('reader'))).status,
        (await post(path, body(place.topic), as('writer'))).status,
      ]
      expect([path, ...statuses]).toEqual([path, 200, 403, 403])
    }
    const streams = await request('/stream/g/j/one', { headers: as('reader') })
    expect(streams.status).toBe(403)
  })

  test('cannot see, use or close an instance that reads a topic it may not', async () => {
    const proxy = await open()
    const { post, get, request, fill } = proxy
    await fill('one', 0, ['a'])
    const earliest = { 'Kafka-Auto-Offset-Reset': 'earliest' }
    const consumed = await post('/consume/g/i', { topics: ['one', 'bookings'], timeout: 5000 }, earliest)
    expect(valuesIn(consumed)).toEqual(['a'])
    expect(await (await request('/consumers', { headers: as('reader') })).json()).toEqual([])
    expect((await post('/commit/g/i', undefined, as('reader'))).status).toBe(404)
    expect((await post('/delete-consumer/g/i', undefined, as('reader'))).status).toBe(404)
    expect((await post('/consume/g/i', { topic: 'bookings', timeout: 0 }, as('reader'))).status).toBe(403)
    expect((await request('/stream/g/i/bookings', { headers: as('reader') })).status).toBe(403)
    expect(await get('/consumers')).toMatchObject({ json: [{ name: 'g', instances: [{ name: 'i' }] }] })
  })
})
