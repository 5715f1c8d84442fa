import { describe, expect, test } from 'vitest'
import { until } from '#log/conformance/scene.ts'
import { openTestProxy, valuesIn, type TestProxy } from '../testing/test-proxy.ts'

const EARLIEST = { 'Kafka-Auto-Offset-Reset': 'earliest' }
const MANUAL = { ...EARLIEST, 'Kafka-Enable-Auto-Commit': 'false' }

const consume = (
  { post }: TestProxy,
  headers = EARLIEST,
  name = 'g/i',
  body: object = { topic: 'one', timeout: 5000 },
) => post(`/consume/${name}`, body, headers)

describe('/consume', () => {
  test('returns every message once', async () => {
    const proxy = await openTestProxy()
    await proxy.fill('one', 0, ['a', 'b'])
    expect(valuesIn(await consume(proxy))).toEqual(['a', 'b'])
    await proxy.fill('one', 0, ['c'])
    expect(valuesIn(await consume(proxy))).toEqual(['c'])
    expect(await consume(proxy, EARLIEST, 'g/i', { topic: 'one', timeout: 10 })).toEqual({ status: 200, json: [] })
  })

  test('returns as soon as a message arrives', async () => {
    const proxy = await openTestProxy()
    const started = performance.now()
    const waiting = consume(proxy, EARLIEST, 'g/i', { topic: 'one', timeout: 10_000 })
    await proxy.fill('one', 0, ['new'])
    expect(valuesIn(await waiting)).toEqual(['new'])
    expect(performance.now() - started).toBeLessThan(5000)
  })

  test('returns 500 messages at most', async () => {
    const proxy = await openTestProxy()
    for (const partition of [0, 1])
      await proxy.fill(
        'bookings',
        partition,
        Array.from({ length: 400 }, () => 'a'),
      )
    const sizes: number[] = []
    while (sizes.reduce((a, b) => a + b, 0) < 800) {
      const { json } = await consume(proxy, EARLIEST, 'g/i', { topic: 'bookings', timeout: 5000 })
      sizes.push((json as unknown[]).length)
    }
    expect(sizes.reduce((a, b) => a + b, 0)).toBe(800)
    expect(Math.max(...sizes)).toBeLessThanOrEqual(500)
  })

  test('reads one topic of the path or several of the body', async () => {
    const proxy = await openTestProxy()
    await proxy.get('/consume/g/i/one?timeout=10')
    await proxy.fill('one', 0, ['from the path'])
    expect(valuesIn(await proxy.get('/consume/g/i/one?timeout=5000'))).toEqual(['from the path'])
    await proxy.fill('bookings', 0, ['b'])
    const both = { topics: ['one', 'bookings'], timeout: 5000 }
    expect(valuesIn(await consume(proxy, EARLIEST, 'h/i', both)).sort()).toEqual(['b', 'from the path'])
  })

  test('starts a group without commits at the end by default', async () => {
    const proxy = await openTestProxy()
    await proxy.fill('one', 0, ['before', 'it'])
    expect(await proxy.post('/consume/g/i', { topic: 'one', timeout: 20 })).toEqual({ status: 200, json: [] })
    await proxy.fill('one', 0, ['after'])
    expect(valuesIn(await proxy.post('/consume/g/i', { topic: 'one', timeout: 5000 }))).toEqual(['after'])
  })

  test('commits its start offset, so that the whole group starts there', async () => {
    const proxy = await openTestProxy()
    await proxy.fill('one', 0, ['before'])
    await proxy.post('/consume/g/i', { topic: 'one', timeout: 20 })
    await until('the end is committed', async () => (await proxy.log.committed('g', 'one'))[0] === 1)
  })

  test('starts at the committed offset', async () => {
    const proxy = await openTestProxy()
    await proxy.fill('one', 0, ['a', 'b'])
    await consume(proxy, MANUAL)
    await proxy.post('/commit/g/i', { topic: 'one', partition: 0, offset: 1 })
    await proxy.post('/delete-consumer/g/i')
    expect(valuesIn(await proxy.post('/consume/g/i', { topic: 'one', timeout: 5000 }))).toEqual(['b'])
  })

  test('rejects a group without commits when the reset is none', async () => {
    const proxy = await openTestProxy()
    const answer = await proxy.post('/consume/g/i', { topic: 'one' }, { 'Kafka-Auto-Offset-Reset': 'none' })
    expect(answer).toMatchObject({ status: 400, json: { error: expect.stringMatching(/no committed offset/) } })
  })

  test('assigns the partitions to the instances of a group', async () => {
    const proxy = await openTestProxy()
    const body = { topic: 'bookings', timeout: 20 }
    const partitionsFor = async (name: string): Promise<number[]> => {
      const { json } = await consume(proxy, EARLIEST, name, body)
      return (json as { partition: number }[]).map(({ partition }) => partition)
    }
    await until('each instance has partitions, together all three', async () => {
      for (const partition of [0, 1, 2]) await proxy.fill('bookings', partition, ['a'])
      const [i, j] = [await partitionsFor('g/i'), await partitionsFor('g/j')]
      return (
        i.length > 0 &&
        j.length > 0 &&
        i
          .concat(j)
          .toSorted((a, b) => a - b)
          .join() === '0,1,2'
      )
    })
  })

  test('runs the calls of one instance one after the other', async () => {
    const proxy = await openTestProxy()
    const waiting = [1, 2].map(() => consume(proxy))
    await proxy.fill('one', 0, ['a'])
    const first = await Promise.race(waiting)
    await proxy.fill('one', 0, ['b'])
    expect(valuesIn(first)).toEqual(['a'])
    expect((await Promise.all(waiting)).map(valuesIn)).toEqual([['a'], ['b']])
  })

  test('subscribes again when the topics change', async () => {
    const proxy = await openTestProxy()
    await proxy.fill('one', 0, ['a'])
    await proxy.fill('bookings', 0, ['b'])
    expect(valuesIn(await consume(proxy))).toEqual(['a'])
    expect(valuesIn(await consume(proxy, EARLIEST, 'g/i', { topic: 'bookings', timeout: 5000 }))).toEqual(['b'])
    expect((await proxy.get('/consumers')).json).toEqual([
      { name: 'g', instances: [{ name: 'i', topics: [{ topic: 'bookings', partitions: [0, 1, 2] }] }] },
    ])
  })

  const rejections: [what: string, status: number, body: unknown, headers: Record<string, string>, error: RegExp][] = [
    ['an unknown topic', 404, { topic: 'none' }, {}, /topic none does not exist/],
    ['an unknown topic without a wait', 404, { topic: 'none', timeout: 0 }, {}, /topic none does not exist/],
    ['no topic', 400, {}, {}, /topic or topics is missing/],
    ['no topics', 400, { topics: [] }, {}, /topic or topics is missing/],
    ['a negative timeout', 400, { topic: 'one', timeout: -1 }, {}, /^timeout/],
    ['an unknown reset', 400, { topic: 'one' }, { 'Kafka-Auto-Offset-Reset': 'middle' }, /latest or earliest or none/],
    ['an invalid boolean', 400, { topic: 'one' }, { 'Kafka-Enable-Auto-Commit': 'yes' }, /true or false/],
    ['an invalid interval', 400, { topic: 'one' }, { 'Kafka-Auto-Commit-Interval': 'soon' }, /milliseconds/],
  ]
  test.each(rejections)('rejects %s', async (_, status, body, headers, error) => {
    const proxy = await openTestProxy()
    const answer = await proxy.post('/consume/g/i', body, headers)
    expect(answer).toMatchObject({ status, json: { status, error: expect.stringMatching(error) } })
    expect((await proxy.get('/consumers')).json).toEqual([])
  })
})

describe('/commit', () => {
  test('commits everything returned when the body is empty', async () => {
    const proxy = await openTestProxy()
    await proxy.fill('one', 0, ['a', 'b'])
    await consume(proxy, MANUAL)
    expect(await proxy.log.committed('g', 'one')).toEqual([-1])
    expect(await proxy.post('/commit/g/i')).toEqual({ status: 200, json: { result: 'Success', status: 200 } })
    expect(await proxy.log.committed('g', 'one')).toEqual([2])
    expect((await proxy.post('/commit/g/i', [])).status).toBe(200)
  })

  test('stores the given offsets unchanged', async () => {
    const proxy = await openTestProxy()
    await proxy.fill('one', 0, ['a', 'b'])
    await consume(proxy, MANUAL)
    for (const offset of [1, 2, 0]) {
      await proxy.post('/commit/g/i/', [{ topic: 'one', partition: 0, offset }])
      expect(await proxy.log.committed('g', 'one')).toEqual([offset])
    }
  })

  test('commits everything returned even after an explicit commit moved the group', async () => {
    const proxy = await openTestProxy()
    await proxy.fill('one', 0, ['a', 'b'])
    await consume(proxy, MANUAL)
    for (const offset of [0, 50]) {
      await proxy.post('/commit/g/i', { topic: 'one', partition: 0, offset })
      expect(await proxy.log.committed('g', 'one')).toEqual([offset])
      await proxy.post('/commit/g/i')
      expect(await proxy.log.committed('g', 'one')).toEqual([2])
    }
  })

  test('keeps an explicit offset when the instance closes', async () => {
    const proxy = await openTestProxy()
    await proxy.fill('one', 0, ['a', 'b'])
    await consume(proxy, EARLIEST)
    await proxy.post('/commit/g/i', { topic: 'one', partition: 0, offset: 0 })
    await proxy.post('/delete-consumer/g/i')
    expect(await proxy.log.committed('g', 'one')).toEqual([0])
  })

  test('works right after the first call, while the group is still joining', async () => {
    const proxy = await openTestProxy()
    await proxy.fill('one', 0, ['a'])
    await consume(proxy, MANUAL, 'g/i', { topic: 'one', timeout: 0 })
    expect((await proxy.post('/commit/g/i', { topic: 'one', partition: 0, offset: 1 })).status).toBe(200)
    expect(await proxy.log.committed('g', 'one')).toEqual([1])
  })

  test('returns at once when no message is left: 200 if the offset is already committed, else 409', async () => {
    const proxy = await openTestProxy()
    await consume(proxy, MANUAL, 'g/i', { topic: 'one', timeout: 10 })
    await until('the instance has its partition', async () =>
      /"partitions":\[0\]/.test(JSON.stringify(await proxy.get('/consumers'))),
    )
    const began = performance.now()
    const commit = async (offset: number) =>
      (await proxy.post('/commit/g/i', { topic: 'one', partition: 0, offset })).status
    expect(await commit(0)).toBe(409)
    expect(performance.now() - began).toBeLessThan(5_000)
    await proxy.fill('one', 0, ['a'])
    await consume(proxy, MANUAL)
    expect(await commit(1)).toBe(200)
    await proxy.post('/delete-consumer/g/i')
    await consume(proxy, MANUAL, 'g/i', { topic: 'one', timeout: 10 })
    expect(await commit(1)).toBe(200)
  })

  test('does not wait for a long poll of the same instance', async () => {
    const proxy = await openTestProxy()
    await proxy.fill('one', 0, ['a'])
    await consume(proxy, MANUAL)
    const waiting = consume(proxy, MANUAL, 'g/i', { topic: 'one', timeout: 30_000 })
    const began = performance.now()
    expect((await proxy.post('/commit/g/i')).status).toBe(200)
    expect(performance.now() - began).toBeLessThan(5_000)
    expect(await proxy.log.committed('g', 'one')).toEqual([1])
    await proxy.fill('one', 0, ['b'])
    expect(valuesIn(await waiting)).toEqual(['b'])
  })

  test('returns an empty list after its own timeout while another call waits longer', async () => {
    const proxy = await openTestProxy()
    const first = consume(proxy, EARLIEST, 'g/i', { topic: 'one', timeout: 30_000 })
    expect(await consume(proxy, EARLIEST, 'g/i', { topic: 'one', timeout: 20 })).toEqual({ status: 200, json: [] })
    await proxy.fill('one', 0, ['a'])
    expect(valuesIn(await first)).toEqual(['a'])
  })

  test('returns 409 when a rebalance came first', async () => {
    const proxy = await openTestProxy()
    await proxy.fill('one', 0, ['a'])
    await consume(proxy, MANUAL)
    await consume(proxy, MANUAL, 'g/j', { topic: 'one', timeout: 10 })
    await until('the first instance gets a 409', async () => (await proxy.post('/commit/g/i')).status === 409)
    expect(await proxy.log.committed('g', 'one')).toEqual([-1])
  })

  const rejections: [what: string, status: number, path: string, body: unknown, error: RegExp][] = [
    ['an unknown instance', 404, '/commit/g/x', undefined, /no instance x/],
    ['an unknown group', 404, '/commit/x/i', undefined, /no instance i/],
    ['an unknown topic', 404, '/commit/g/i', { topic: 'none', partition: 0, offset: 0 }, /topic none does not exist/],
    ['a partition out of range', 400, '/commit/g/i', { topic: 'one', partition: 1, offset: 0 }, /no partition 1/],
    ['an incomplete position', 400, '/commit/g/i', { topic: 'one', partition: 0 }, /^offset is missing/],
    [
      'a topic that the instance does not read',
      409,
      '/commit/g/i',
      { topic: 'bookings', partition: 0, offset: 0 },
      /not assigned to this instance/,
    ],
  ]
  test.each(rejections)('rejects %s', async (_, status, path, body, error) => {
    const proxy = await openTestProxy()
    await consume(proxy, MANUAL, 'g/i', { topic: 'one', timeout: 10 })
    const answer = await proxy.post(path, body)
    expect(answer).toMatchObject({ status, json: { status, error: expect.stringMatching(error) } })
  })
})

describe('automatic commits', () => {
  test('happen after the interval', async () => {
    const proxy = await openTestProxy()
    await proxy.fill('one', 0, ['a', 'b'])
    await consume(proxy, { ...EARLIEST, 'Kafka-Auto-Commit-Interval': '5' } as typeof EARLIEST)
    await until('the offset is committed', async () => (await proxy.log.committed('g', 'one'))[0] === 2)
  })

  test('happen when the instance is deleted', async () => {
    const proxy = await openTestProxy()
    await proxy.fill('one', 0, ['a', 'b'])
    await consume(proxy)
    await proxy.post('/delete-consumer/g/i')
    expect(await proxy.log.committed('g', 'one')).toEqual([2])
  })

  test('do not happen when they are disabled', async () => {
    const proxy = await openTestProxy()
    await proxy.fill('one', 0, ['a', 'b'])
    await consume(proxy, MANUAL)
    await proxy.post('/delete-consumer/g/i')
    expect(await proxy.log.committed('g', 'one')).toEqual([-1])
    expect(valuesIn(await consume(proxy, MANUAL))).toEqual(['a', 'b'])
  })
})

describe('an instance', () => {
  test('closes when it is idle, and commits its messages', async () => {
    const proxy = await openTestProxy({ limits: { idleMs: 30 } })
    await proxy.fill('one', 0, ['a'])
    await consume(proxy)
    await until('the instance is closed', async () => ((await proxy.get('/consumers')).json as unknown[]).length === 0)
    await until('the offset is committed', async () => (await proxy.log.committed('g', 'one'))[0] === 1)
    expect((await proxy.post('/commit/g/i')).status).toBe(404)
  })

  test('stays open while a call waits', async () => {
    const proxy = await openTestProxy({ limits: { idleMs: 20 } })
    const waiting = consume(proxy, EARLIEST, 'g/i', { topic: 'one', timeout: 10_000 })
    await new Promise((resolve) => setTimeout(resolve, 80))
    await proxy.fill('one', 0, ['late'])
    expect(valuesIn(await waiting)).toEqual(['late'])
  })

  test('closes when it is deleted, and ends the waiting call', async () => {
    const proxy = await openTestProxy()
    const waiting = consume(proxy, EARLIEST, 'g/i', { topic: 'one', timeout: 10_000 })
    await until('the instance is open', async () => ((await proxy.get('/consumers')).json as unknown[]).length === 1)
    const deleted = await proxy.request('/delete-consumer/g/i', { method: 'DELETE' })
    expect(await deleted.json()).toEqual({ result: 'Success', status: 200 })
    expect(await waiting).toEqual({ status: 200, json: [] })
    expect((await proxy.post('/delete-consumer/g/i')).status).toBe(404)
  })
})

describe('/committed', () => {
  test('returns every requested partition, in request order', async () => {
    const proxy = await openTestProxy()
    await proxy.fill('bookings', 1, ['a'])
    await consume(proxy, EARLIEST, 'g/i', { topic: 'bookings', timeout: 5000 })
    await proxy.post('/commit/g/i')
    const body = [1, 0].map((partition) => ({ topic: 'bookings', partition }))
    expect((await proxy.post('/committed/g/any', body)).json).toEqual([
      { topic: 'bookings', partition: 1, offset: 1 },
      { topic: 'bookings', partition: 0, offset: -1 },
    ])
    expect((await proxy.post('/committed/h/i', body[0])).json).toEqual([
      { topic: 'bookings', partition: 1, offset: -1 },
    ])
    expect((await proxy.post('/committed/g/i', { topic: 'none', partition: 0 })).status).toBe(404)
  })
})
