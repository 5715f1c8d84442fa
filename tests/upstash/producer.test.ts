import { expect, test } from 'vitest'
import { openUpstash } from './open-upstash.ts'

test('serializes an object as the message', async () => {
  const { kafka } = await openUpstash()
  const p = kafka.producer()
  const res = await p.produce('green', { hello: 'world' })
  expect(res).toEqual({ topic: 'green', partition: 0, offset: 0, timestamp: expect.any(Number) })
  const [found] = await kafka.consumer().fetch({ topic: 'green', partition: 0, offset: res.offset })
  expect(JSON.parse(found!.value)).toEqual({ hello: 'world' })
})

test('keeps partition, timestamp, key and headers of a message', async () => {
  const { kafka } = await openUpstash()
  const headers = [
    { key: 'traceId', value: '85a9f12' },
    { key: 'traceId', value: 'again' },
    { key: 'ключ', value: '予約' },
  ]
  const options = { partition: 1, timestamp: 12345, key: '<custom key>/ü?#', headers }
  const res = await kafka.producer().produce('cities', 'München\n🏨', options)
  expect(res).toEqual({ topic: 'cities', partition: 1, offset: 0, timestamp: 12345 })
  const found = await kafka.consumer().fetch({ topic: 'cities', partition: 1, offset: 0, timeout: 1000 })
  expect(found).toEqual([{ ...res, key: options.key, value: 'München\n🏨', headers: [...headers] }])
})

test('accepts text, a number, null, quotes and empty text as a message', async () => {
  const { kafka } = await openUpstash()
  const p = kafka.producer()
  for (const message of ['text', 5, null, '""', '', [1, 'a'], true]) await p.produce('blue', message)
  const found = await kafka.consumer().fetch({ topic: 'blue', partition: 0, offset: 0 })
  expect(found.map(({ value }) => value)).toEqual(['text', '5', 'null', '""', '', '[1,"a"]', 'true'])
})

test('writes many messages to several topics, and returns positions in their order', async () => {
  const { kafka } = await openUpstash()
  const res = await kafka.producer().produceMany([
    { topic: 'red', value: { hello: 'world' }, key: 'a', headers: [{ key: 'h', value: '1' }] },
    { topic: 'green', value: 'another message' },
    { topic: 'red', value: 'and one more', timestamp: 7 },
    { topic: 'cities', value: 'x', partition: 2 },
  ])
  expect(res.map(({ topic, partition, offset }) => [topic, partition, offset])).toEqual([
    ['red', 0, 0],
    ['green', 0, 0],
    ['red', 0, 1],
    ['cities', 2, 0],
  ])
  const found = await kafka.consumer().fetch({ topic: 'red', partition: 0, offset: 0 })
  expect(found).toMatchObject([
    { key: 'a', value: '{"hello":"world"}', headers: [{ key: 'h', value: '1' }] },
    { key: '', value: 'and one more', headers: [], timestamp: 7 },
  ])
})

test('writes a thousand small messages of one call', async () => {
  const { kafka } = await openUpstash()
  const requests = Array.from({ length: 1_000 }, (_, n) => ({ topic: 'red', value: `${n}` }))
  const res = await kafka.producer().produceMany(requests)
  expect(res.map(({ offset }) => offset)).toEqual(Array.from({ length: 1_000 }, (_, n) => n))
})

test('writes messages of one key to one partition', async () => {
  const { kafka } = await openUpstash()
  const requests = Array.from({ length: 20 }, () => ({ topic: 'cities', value: 'a', key: 'Berlin' }))
  const partitions = (await kafka.producer().produceMany(requests)).map(({ partition }) => partition)
  expect(new Set(partitions).size).toBe(1)
})

test('reads the tombstone of another producer, and writes one without the client', async () => {
  const { kafka, log, url } = await openUpstash()
  await log.send([{ topic: 'red', key: 'gone', value: null }])
  const authorization = `Basic ${Buffer.from('proxy:pä:ss=').toString('base64')}`
  const body = JSON.stringify({ key: 'gone too', value: null })
  expect((await fetch(`${url}/produce/red`, { method: 'POST', headers: { authorization }, body })).status).toBe(200)
  const found = await kafka.consumer().fetch({ topic: 'red', partition: 0, offset: 0 })
  expect(found.map(({ key, value }) => [key, value])).toEqual([
    ['gone', ''],
    ['gone too', ''],
  ])
  const written = await log.read({ topic: 'red', partition: 0, offset: 0 }, 2, 0)
  expect(written.map(({ value }) => value)).toEqual([null, null])
})
