import { describe, expect, test } from 'vitest'
import { openEmbeddedLog } from '#log/embedded/embedded-log.ts'
import type { Handler, Log } from '#log/log.ts'
import { around } from '#platform/around.ts'
import { until } from '#log/conformance/scene.ts'
import { as, openTestProxy, retryAfter, valuesIn } from './testing/test-proxy.ts'

const users = ['greedy', 'modest'].map((username) => ({
  username,
  password: username,
  produce: ['*'],
  consume: ['*'],
}))

describe('load above the share of an account returns 429 with Retry-After, and another account is served', () => {
  test('for pending bodies', async () => {
    const { request } = await openTestProxy({ users, limits: { pendingBytes: 400 } })
    const body = JSON.stringify({ value: 'x'.repeat(60) })
    const send = (user: string) => request('/produce/one', { method: 'POST', body, headers: as(user) })
    const answers = await Promise.all(['greedy', 'greedy', 'greedy', 'modest'].map(send))
    expect(answers.map(retryAfter)).toEqual([
      [200, null],
      [200, null],
      [429, '1'],
      [200, null],
    ])
    expect((await send('greedy')).status).toBe(200)
  })

  test('for waiting requests', async () => {
    const { request, app, fill } = await openTestProxy({ users, limits: { waiting: 2 } })
    const headers = { ...as('greedy'), 'Kafka-Auto-Offset-Reset': 'earliest' }
    const waiting = request('/consume/g/i/one?timeout=10000', { headers })
    await until('one waits', async () => /proxy_waiting 1/.test(await (await app.request('/metrics')).text()))
    expect(retryAfter(await request('/consume/g/j/one', { headers }))).toEqual([429, '1'])
    expect(retryAfter(await request('/stream/g/j/one', { headers }))).toEqual([429, '1'])
    expect((await request('/consume/h/i/one?timeout=0', { headers: as('modest') })).status).toBe(200)
    await fill('one', 0, ['a'])
    expect((await waiting).status).toBe(200)
    expect((await request('/consume/g/i/one?timeout=0', { headers })).status).toBe(200)
  })

  test('for consumer instances', async () => {
    const { request } = await openTestProxy({ users, limits: { instances: 2 } })
    const consume = (user: string, name: string) => request(`/consume/g/${name}/one?timeout=0`, { headers: as(user) })
    expect((await consume('greedy', 'i')).status).toBe(200)
    expect(retryAfter(await consume('greedy', 'j'))).toEqual([429, '1'])
    expect((await consume('modest', 'k')).status).toBe(200)
    expect((await request('/stream/g/i/one', { headers: as('greedy') })).status).toBe(200)
    await request('/delete-consumer/g/i', { method: 'POST', headers: as('greedy') })
    expect((await consume('greedy', 'j')).status).toBe(200)
  })

  test('for positions of a fetch', async () => {
    const { post, app, request } = await openTestProxy({ users, limits: { reads: 6 } })
    const at = (partition: number, timeout: number) => ({ topic: 'bookings', partition, offset: 0, timeout })
    const topicPartitionOffsets = [0, 1].map((partition) => at(partition, 0))
    const waiting = post('/fetch', { ...at(2, 10_000), topicPartitionOffsets }, as('greedy'))
    await until('it waits', async () => /proxy_waiting 1/.test(await (await app.request('/metrics')).text()))
    const fetch = (user: string) =>
      request('/fetch', { method: 'POST', body: JSON.stringify(at(0, 0)), headers: as(user) })
    expect(retryAfter(await fetch('greedy'))).toEqual([429, '1'])
    expect((await fetch('modest')).status).toBe(200)
    await request('/produce/bookings/hello', { headers: as('modest') })
    expect((await waiting).status).toBe(200)
    expect((await fetch('greedy')).status).toBe(200)
  })
})

test('an instance is replaced by one of its own account, whatever the others hold', async () => {
  const { request } = await openTestProxy({ users, limits: { instances: 6 } })
  const consume = (user: string, name: string, topic: string) =>
    request(`/consume/g/${name}/${topic}?timeout=0`, { headers: as(user) })
  const held = [
    ['greedy', 'a'],
    ['greedy', 'b'],
    ['greedy', 'c'],
    ['modest', 'd'],
    ['modest', 'e'],
  ] as const
  for (const [user, name] of held) expect((await consume(user, name, 'one')).status).toBe(200)
  for (const [user, name] of held) expect((await consume(user, name, 'bookings')).status).toBe(200)
  expect(retryAfter(await consume('greedy', 'f', 'one'))).toEqual([429, '1'])
  expect(retryAfter(await consume('modest', 'f', 'one'))).toEqual([429, '1'])
})

test('load above the total of all accounts returns 503 with Retry-After to an account that has nothing', async () => {
  const { request } = await openTestProxy({ users, limits: { instances: 1 } })
  const consume = (user: string) => request(`/consume/${user}/i/one?timeout=0`, { headers: as(user) })
  expect((await consume('greedy')).status).toBe(200)
  expect(retryAfter(await consume('modest'))).toEqual([503, '1'])
})

test('routes without credentials are limited to a rate, except for /healthz', async () => {
  const { app } = await openTestProxy({ limits: { publicPerSecond: 2 } })
  const ask = async (path: string) => retryAfter(await app.request(path))
  expect([await ask('/openapi.json'), await ask('/'), await ask('/metrics')]).toEqual([
    [200, null],
    [200, null],
    [429, '1'],
  ])
  expect(await ask('/healthz')).toEqual([200, null])
})

describe('what a client sets for itself has a maximum', () => {
  test.each(['Kafka-Session-Timeout-Ms', 'Kafka-Auto-Commit-Interval'])('%s', async (name) => {
    const { request } = await openTestProxy({ limits: { instances: 1 } })
    for (const path of ['/consume/g/i/one?timeout=0', '/stream/g/i/one']) {
      for (const ms of ['1800001', '999999999', '9'.repeat(400)]) {
        const answer = await request(path, { headers: { [name]: ms } })
        expect(answer.status).toBe(400)
        const error = `${name} must be at most 1800000 milliseconds, not ${ms}`
        expect(await answer.json()).toMatchObject({ error })
      }
    }
    expect((await request('/consume/g/i/one?timeout=0', { headers: { [name]: '1800000' } })).status).toBe(200)
  })

  test('the number of different positions; equal ones are read once', async () => {
    const log = openEmbeddedLog({ file: ':memory:' })
    let reads = 0
    const counting = around(log, (method, call) => {
      if (method === 'read') reads++
      return call()
    })
    await log.createTopics([{ topic: 'bookings', partitions: 3 }])
    const { post } = await openTestProxy({ log: counting, limits: { positions: 2 } })
    const fetch = (positions: number[]) =>
      post('/fetch', {
        topicPartitionOffsets: positions.map((partition) => ({ topic: 'bookings', partition, offset: 0 })),
        timeout: 10,
      })
    expect(await fetch(Array.from({ length: 1_000 }, (_, i) => i % 2))).toEqual({ status: 200, json: [] })
    expect(reads).toBe(6)
    expect(await fetch([0, 1, 2])).toMatchObject({
      status: 400,
      json: { error: 'at most 2 different positions are allowed' },
    })
    expect(reads).toBe(6)
    await log.close()
  })

  test('a partition that a commit names several times is committed once, at its last offset', async () => {
    const log = openEmbeddedLog({ file: ':memory:' })
    const committed: unknown[] = []
    const watched = around(log, (method, call, args) => {
      if (method !== 'run') return call()
      const [options, handle] = args as Parameters<Log['run']>
      const counted: Handler = (batch, lease) =>
        handle(batch, { signal: lease.signal, commit: (offset) => (committed.push(offset), lease.commit(offset)) })
      return call([options, counted])
    })
    await log.createTopics([{ topic: 'one', partitions: 1 }])
    await log.send(['a', 'b', 'c'].map((value) => ({ topic: 'one', value })))
    const { post } = await openTestProxy({ log: watched })
    const settings = { 'Kafka-Auto-Offset-Reset': 'earliest', 'Kafka-Enable-Auto-Commit': 'false' }
    await post('/consume/g/i', { topic: 'one', timeout: 5000 }, settings)
    const positions = Array.from({ length: 1_000 }, (_, i) => ({ topic: 'one', partition: 0, offset: (i % 2) + 1 }))
    expect((await post('/commit/g/i', positions)).status).toBe(200)
    expect([committed, await log.committed('g', 'one')]).toEqual([[1], [2]])
  })

  test('the number of JSON values in a body', async () => {
    const { post } = await openTestProxy()
    const body = `[${'{},'.repeat(2_700_000)}{}]`
    const error = 'the request body has more than 100000 JSON values'
    expect(await post('/produce', body)).toMatchObject({ status: 400, json: { error } })
  })
})

describe('a response', () => {
  test('exceeds its byte limit by one message at most, and loses none', async () => {
    const { post, log } = await openTestProxy()
    const large = 'x'.repeat(1_000_000)
    for (let i = 0; i < 9; i++) await log.send([{ topic: 'one', value: `${i}${large}` }])
    const seen: string[] = []
    const sizes: number[] = []
    await until('all are there', async () => {
      const earliest = { 'Kafka-Auto-Offset-Reset': 'earliest' }
      const values = valuesIn(await post('/consume/g/i', { topic: 'one', timeout: 5000 }, earliest))
      sizes.push(values.length)
      seen.push(...values.map((value) => value[0]!))
      return seen.length >= 9
    })
    expect(seen.join('')).toBe('012345678')
    expect(Math.max(...sizes)).toBeLessThanOrEqual(6)
  })
})
