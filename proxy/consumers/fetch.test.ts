import { describe, expect, test } from 'vitest'
import { numbered } from '#log/conformance/scene.ts'
import { MAX_MESSAGE_BYTES, MAX_SEND, type Position } from '#log/log.ts'
import { around } from '#platform/around.ts'
import { fetchAll } from './fetch.ts'
import { openTestProxy, valuesIn } from '../testing/test-proxy.ts'

describe('/fetch', () => {
  test('starts at exactly the given offset', async () => {
    const { post, fill } = await openTestProxy()
    await fill('one', 0, ['a', 'b', 'c'])
    const answer = await post('/fetch', { topic: 'one', partition: 0, offset: 1 })
    expect(valuesIn(answer)).toEqual(['b', 'c'])
    expect(answer.json).toMatchObject([{ offset: 1, key: '', headers: [] }, { offset: 2 }])
  })

  test('returns the messages of several positions', async () => {
    const { post, fill } = await openTestProxy()
    await fill('bookings', 1, ['a', 'b'])
    await fill('one', 0, ['c'])
    const answer = await post('/fetch/', {
      topicPartitionOffsets: [{ topic: 'bookings', partition: 1, offset: 1 }],
      topic: 'one',
      partition: 0,
      offset: 0,
    })
    expect(valuesIn(answer)).toEqual(['b', 'c'])
  })

  test('reads no position that the response has no room for', async () => {
    const { log, fill } = await openTestProxy()
    for (const partition of [0, 1, 2]) await fill('bookings', partition, numbered(MAX_SEND - 100))
    const reads: number[] = []
    const counted = around(log, (method, call, args) => {
      if (method === 'read') reads.push((args[0] as Position).partition)
      return call()
    })
    const positions = [0, 1, 2].map((partition) => ({ topic: 'bookings', partition, offset: 0 }))
    const room = { limit: () => ({ messages: MAX_SEND, bytes: MAX_MESSAGE_BYTES }), use: () => undefined }
    const messages = await fetchAll(counted, positions, { waitMs: 0, signal: new AbortController().signal, room })
    const found = [0, 1, 2].map((partition) => messages.filter((message) => message.partition === partition).length)
    expect(found).toEqual([MAX_SEND - 100, 100, 0])
    expect(reads).toEqual([0, 1])
  })

  test('waits at the end and returns as soon as a message arrives', async () => {
    const { post, fill } = await openTestProxy()
    const started = performance.now()
    const positions = [0, 1].map((partition) => ({ topic: 'bookings', partition, offset: 0 }))
    const waiting = post('/fetch', { topicPartitionOffsets: positions, timeout: 10_000 })
    await fill('bookings', 1, ['new'])
    expect(valuesIn(await waiting)).toEqual(['new'])
    expect(performance.now() - started).toBeLessThan(5000)
  })

  test('waits for an offset past the end', async () => {
    const { post, fill } = await openTestProxy()
    const waiting = post('/fetch', { topic: 'one', partition: 0, offset: 1, timeout: 10_000 })
    await fill('one', 0, ['zero'])
    await fill('one', 0, ['one'])
    expect(valuesIn(await waiting)).toEqual(['one'])
  })

  test('returns an empty list after the timeout', async () => {
    const { post } = await openTestProxy()
    expect(await post('/fetch', { topic: 'one', partition: 0, offset: 0, timeout: 20 })).toEqual({
      status: 200,
      json: [],
    })
    expect(await post('/fetch', { topic: 'one', partition: 0, offset: 9, timeout: 20 })).toEqual({
      status: 200,
      json: [],
    })
  })

  const rejections: [what: string, status: number, body: unknown, error: RegExp][] = [
    ['an unknown topic', 404, { topic: 'none', partition: 0, offset: 0 }, /topic none does not exist/],
    ['a partition out of range', 400, { topic: 'one', partition: 1, offset: 0 }, /no partition 1/],
    ['a negative offset', 400, { topic: 'one', partition: 0, offset: -1 }, /^offset/],
    ['an incomplete position', 400, { topic: 'one', partition: 0 }, /must be given together/],
    ['no position', 400, {}, /missing/],
  ]
  test.each(rejections)('rejects %s', async (_, status, body, error) => {
    const { post } = await openTestProxy()
    const answer = await post('/fetch', body)
    expect(answer).toMatchObject({ status, json: { status, error: expect.stringMatching(error) } })
  })
})
