import { describe, expect, test } from 'vitest'
import { until } from '#log/conformance/scene.ts'
import { openEmbeddedLog } from '#log/embedded/embedded-log.ts'
import { LogError, type Log } from '#log/log.ts'
import { createProxy } from './app.ts'
import { Account } from './accounts/account.ts'
import { FULL_ACCESS, Permissions } from './accounts/permissions.ts'
import { logWithDeadline } from './upkeep/log-deadline.ts'
import type { HttpError } from './http/errors.ts'
import { Producer } from './produce/producer.ts'
import { AUTHORIZATION, CREDENTIALS, openScene, valuesIn } from './testing/scene.ts'
import { Topics } from './topics.ts'

const account = new Account('test', new Permissions(FULL_ACCESS))

const retryAfter = (answer: Response): [number, string | null] => [answer.status, answer.headers.get('Retry-After')]

describe('load above a limit', () => {
  test('returns 503 with Retry-After for pending bodies', async () => {
    const { request, post } = await openScene({ limits: { pendingBytes: 100 } })
    const body = JSON.stringify({ value: 'x'.repeat(60) })
    const both = await Promise.all([1, 2].map(() => request('/produce/one', { method: 'POST', body })))
    expect(both.map(retryAfter).toSorted(([a], [b]) => a - b)).toEqual([
      [200, null],
      [503, '1'],
    ])
    expect((await post('/produce/one', body)).status).toBe(200)
  })

  test('returns 503 with Retry-After for waiting requests', async () => {
    const { request, app, post, fill } = await openScene({ limits: { waiting: 1 } })
    const waiting = post('/consume/g/i', { topic: 'one', timeout: 10_000 }, { 'Kafka-Auto-Offset-Reset': 'earliest' })
    await until('one waits', async () => /proxy_waiting 1/.test(await (await app.request('/metrics')).text()))
    expect(retryAfter(await request('/consume/g/j/one'))).toEqual([503, '1'])
    expect(retryAfter(await request('/stream/g/j/one'))).toEqual([503, '1'])
    await fill('one', 0, ['a'])
    expect((await waiting).status).toBe(200)
    expect((await request('/consume/g/i/one?timeout=0')).status).toBe(200)
  })

  test('returns 503 with Retry-After for consumer instances', async () => {
    const { request } = await openScene({ limits: { instances: 1 } })
    expect((await request('/consume/g/i/one?timeout=0')).status).toBe(200)
    expect(retryAfter(await request('/consume/g/j/one?timeout=0'))).toEqual([503, '1'])
    expect((await request('/delete-consumer/g/i', { method: 'POST' })).status).toBe(200)
    expect((await request('/consume/g/j/one?timeout=0')).status).toBe(200)
  })
})

describe('a response', () => {
  test('exceeds its byte limit by one message at most, and loses none', async () => {
    const { post, log } = await openScene()
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

describe('a request for several partitions', () => {
  const open = async (messages: number, overloadedMs: number) => {
    const log = openEmbeddedLog({ file: ':memory:', queueLimit: { messages, bytes: 10_000 } })
    await log.createTopics([{ topic: 'two', partitions: 2 }])
    return { log, producer: new Producer(log, new Topics(log), overloadedMs) }
  }
  const batch = (...partitions: number[]) =>
    partitions.map((partition) => ({ topic: 'two', partition, value: 'a', timestamp: 1 }))

  test('retries overloaded partitions instead of ending half written', async () => {
    const { log, producer } = await open(3, 5_000)
    const positions = await producer.send(account, batch(0, 1, 0, 1))
    expect(positions.map(({ partition, offset }) => [partition, offset])).toEqual([
      [0, 0],
      [1, 0],
      [0, 1],
      [1, 1],
    ])
    await log.close()
  })

  test('reports each message when only a part was written', async () => {
    const { log, producer } = await open(2, 50)
    const error = (await producer.send(account, batch(0, 1, 1, 1)).catch((reason: unknown) => reason)) as HttpError
    expect(error).toMatchObject({ status: 504, message: expect.stringMatching(/^3 of 4 messages failed/) })
    const failed = { topic: 'two', partition: 1, error: expect.any(String), written: 'no' }
    expect(error.details).toEqual({
      messages: [{ topic: 'two', partition: 0, offset: 0, timestamp: 1 }, failed, failed, failed],
    })
    expect(await log.bounds('two')).toMatchObject([{ end: 1 }, { end: 0 }])
    await log.close()
  })

  test('returns 503 when no message was written', async () => {
    const { log, producer } = await open(1, 50)
    await expect(producer.send(account, batch(0, 0, 1, 1))).rejects.toMatchObject({ status: 503 })
    expect(await log.bounds('two')).toMatchObject([{ end: 0 }, { end: 0 }])
    await log.close()
  })
})

describe('a log that does not answer', () => {
  const never = (): Promise<never> => new Promise(() => undefined)
  const hanging = (log: Log): Log => ({
    ...log,
    send: never,
    bounds: never,
    partitions: never,
    topics: never,
    close: () => log.close(),
  })

  test('rejects after the limit', async () => {
    const log = logWithDeadline(hanging(openEmbeddedLog({ file: ':memory:' })), 10)
    await expect(log.topics()).rejects.toMatchObject({ code: 'unavailable' })
    await expect(log.send([])).rejects.toMatchObject({ code: 'unknown' })
    await log.close()
  })

  test('returns 503 within five seconds, and at once while the log is known to be unreachable', async () => {
    const log = hanging(openEmbeddedLog({ file: ':memory:' }))
    const { app, close } = createProxy({ log, credentials: CREDENTIALS })
    const produce = () =>
      app.request('/produce/one', { method: 'POST', headers: { authorization: AUTHORIZATION }, body: '{"value":""}' })
    const began = performance.now()
    expect(retryAfter(await produce())).toEqual([503, '1'])
    expect(performance.now() - began).toBeLessThan(5_000)
    const again = performance.now()
    expect(retryAfter(await produce())).toEqual([503, '1'])
    expect(performance.now() - again).toBeLessThan(100)
    await close()
    await log.close()
  })

  test('is reachable again without a restart', async () => {
    const log = openEmbeddedLog({ file: ':memory:' })
    await log.createTopics([{ topic: 'one', partitions: 1 }])
    let unreachable = false
    const topics = new Topics({
      ...log,
      partitions: (topic) => log.partitions(topic),
      topics: () => (unreachable ? Promise.reject(new LogError('unavailable', 'unreachable')) : log.topics()),
    })
    expect(await topics.partitions(account, 'produce', 'one')).toBe(1)
    unreachable = true
    await expect(topics.all()).rejects.toThrow('unreachable')
    expect(() => topics.rejectIfUnreachable()).toThrow('unreachable')
    unreachable = false
    await until('the log is reachable', () => {
      try {
        topics.rejectIfUnreachable()
        return true
      } catch {
        return false
      }
    })
    await log.close()
  })
})
