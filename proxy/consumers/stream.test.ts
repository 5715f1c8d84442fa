import { describe, expect, test } from 'vitest'
import { until } from '#log/conformance/scene.ts'
import { openTestProxy, valuesIn, type TestProxy } from '../testing/test-proxy.ts'

const EARLIEST = { 'Kafka-Auto-Offset-Reset': 'earliest' }

/** Reads events on demand only, so that a test controls the reader's pace. */
async function openStream({ request }: TestProxy, path: string, headers: Record<string, string> = EARLIEST) {
  const answer = await request(path, { headers })
  expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/event-stream; charset=UTF-8'])
  const reader = answer.body!.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  const events: { id: string; value: string }[] = []
  return {
    async next(count: number): Promise<{ id: string; value: string }[]> {
      while (events.length < count) {
        const { done, value } = await reader.read()
        if (done) break
        text += value
        const frames = text.split('\n\n')
        text = frames.pop()!
        for (const frame of frames) {
          const [, id, data] = /^id: (.*)\ndata: (.*)$/.exec(frame) ?? []
          if (id !== undefined) events.push({ id, value: (JSON.parse(data!) as { value: string }).value })
        }
      }
      return events.splice(0, count)
    },
    leave: () => reader.cancel(),
  }
}

const values = (events: { value: string }[]): string[] => events.map(({ value }) => value)

describe('/stream', () => {
  test('sends each message as an event when it arrives, and commits the sent messages', async () => {
    const proxy = await openTestProxy()
    await proxy.fill('one', 0, ['a', 'b\nc'])
    const stream = await openStream(proxy, '/stream/g/i/one/')
    expect(await stream.next(2)).toEqual([
      { id: '0:1', value: 'a' },
      { id: '0:2', value: 'b\nc' },
    ])
    const next = stream.next(1)
    await proxy.fill('one', 0, ['d'])
    expect(values(await next)).toEqual(['d'])
    await stream.leave()
    await until('the offset is committed', async () => (await proxy.log.committed('g', 'one'))[0]! >= 2)
    await until('the instance is closed', async () => ((await proxy.get('/consumers')).json as unknown[]).length === 0)
  })

  test('resumes after the last event id, even if more is committed', async () => {
    const proxy = await openTestProxy()
    await proxy.fill('one', 0, ['a', 'b', 'c'])
    await proxy.post('/consume/g/i', { topic: 'one', timeout: 5000 }, EARLIEST)
    await proxy.post('/commit/g/i')
    await proxy.fill('one', 0, ['d'])
    const stream = await openStream(proxy, '/stream/g/i/one', { 'Last-Event-ID': '0:1' })
    expect(values(await stream.next(3))).toEqual(['b', 'c', 'd'])
    await stream.leave()
  })

  test('resumes after the last event id, even if less is committed', async () => {
    const proxy = await openTestProxy()
    await proxy.fill('one', 0, ['a', 'b', 'c'])
    const manual = { ...EARLIEST, 'Kafka-Enable-Auto-Commit': 'false' }
    const first = await openStream(proxy, '/stream/g/i/one', manual)
    const id = (await first.next(2))[1]!.id
    await first.leave()
    expect(await proxy.log.committed('g', 'one')).toEqual([-1])
    const second = await openStream(proxy, `/stream/g/i/one?lastEventId=${id}`, manual)
    expect(values(await second.next(1))).toEqual(['c'])
    expect((await proxy.post('/commit/g/i')).status).toBe(200)
    await second.leave()
  })

  test('leaves no instance when the reader disconnects before the stream begins', async () => {
    const proxy = await openTestProxy()
    const reader = new AbortController()
    const answering = proxy.request('/stream/g/i/one', { signal: reader.signal })
    reader.abort()
    await answering
    await until('the instance is closed', async () => ((await proxy.get('/consumers')).json as unknown[]).length === 0)
  })

  test.each(['0:900', '2:5', '7', 'x'])(
    'begins with a reset and sends every message after the event id %s, which is not of this topic',
    async (id) => {
      const proxy = await openTestProxy()
      await proxy.fill('one', 0, ['a'])
      const answer = await proxy.request('/stream/g/i/one', { headers: { ...EARLIEST, 'Last-Event-ID': id } })
      expect(answer.status).toBe(200)
      const reader = answer.body!.pipeThrough(new TextDecoderStream()).getReader()
      let text = ''
      while (!text.includes('id: 0:1')) {
        const { done, value } = await reader.read()
        if (done) break
        text += value
      }
      expect(text).toMatch(/^retry: \d+\n\nevent: reset\ndata: \{"reason":"unknown"\}\n\nid: 0:1\n/)
      await reader.cancel()
    },
  )

  test('reads no more messages than its reader takes, and does not slow other members of the group', async () => {
    const proxy = await openTestProxy()
    for (const partition of [0, 1, 2]) {
      await proxy.fill(
        'bookings',
        partition,
        Array.from({ length: 450 }, (_, i) => `${partition}:${i}`),
      )
    }
    const slow = await openStream(proxy, '/stream/g/slow/bookings')
    await slow.next(1)
    const seen = new Set<string>()
    await until('the quick reader has all messages of its partitions', async () => {
      const body = { topic: 'bookings', timeout: 100 }
      for (const value of valuesIn(await proxy.post('/consume/g/quick/bookings', body, EARLIEST))) seen.add(value)
      const { json } = await proxy.get('/consume/g/quick/bookings?timeout=100')
      for (const { value } of json as { value: string }[]) seen.add(value)
      const instances = (await proxy.get('/consumers')).json as Consumers
      const own = instances[0]?.instances.find(({ name }) => name === 'quick')?.topics[0]?.partitions ?? []
      return own.length > 0 && own.every((partition) => seen.has(`${partition}:449`))
    })
    await slow.leave()
  })

  test('ends the first stream when a second one has the same name', async () => {
    const proxy = await openTestProxy()
    await proxy.fill('one', 0, ['a'])
    const first = await openStream(proxy, '/stream/g/i/one')
    await first.next(1)
    const second = await openStream(proxy, '/stream/g/i/one')
    expect(await first.next(1)).toEqual([])
    await proxy.fill('one', 0, ['b'])
    expect(values(await second.next(1)).at(-1)).toBe('b')
    await second.leave()
  })

  const rejections: [what: string, path: string, headers: Record<string, string>, status: number][] = [
    ['an unknown topic', '/stream/g/i/none', {}, 404],
    ['reset none without a commit', '/stream/g/i/one', { 'Kafka-Auto-Offset-Reset': 'none' }, 400],
    ['no credentials', '/stream/g/i/one', { authorization: '' }, 401],
  ]
  test.each(rejections)('rejects %s', async (_, path, headers, status) => {
    const { request } = await openTestProxy()
    const answer = await request(path, { headers })
    expect([answer.status, await answer.json()]).toMatchObject([status, { status }])
  })
})

type Consumers = { instances: { name: string; topics: { partitions: number[] }[] }[] }[]
