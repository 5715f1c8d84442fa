import { describe, expect, test } from 'vitest'
import { until } from '#log/conformance/scene.ts'
import { openEmbeddedLog } from '#log/embedded/embedded-log.ts'
import { LogError, type Log } from '#log/log.ts'
import { createProxy } from './app.ts'
import { Account } from './accounts/account.ts'
import { EVERYTHING, Permissions } from './accounts/permissions.ts'
import { patientLog } from './upkeep/patient-log.ts'
import type { Problem } from './http/errors.ts'
import { Produce } from './produce/producer.ts'
import { AUTHORIZATION, CREDENTIALS, openScene, valuesIn } from './testing/scene.ts'
import { Topics } from './topics.ts'

const account = new Account('anybody', new Permissions(EVERYTHING))

const retryAfter = (answer: Response): [number, string | null] => [answer.status, answer.headers.get('Retry-After')]

describe('what is too much at once', () => {
  test('is refused with 503 and Retry-After: bodies under way', async () => {
    const { request, post } = await openScene({ limits: { pendingBytes: 100 } })
    const body = JSON.stringify({ value: 'x'.repeat(60) })
    const both = await Promise.all([1, 2].map(() => request('/produce/one', { method: 'POST', body })))
    expect(both.map(retryAfter).toSorted(([a], [b]) => a - b)).toEqual([
      [200, null],
      [503, '1'],
    ])
    expect((await post('/produce/one', body)).status).toBe(200)
  })

  test('is refused with 503 and Retry-After: requests that wait', async () => {
    const { request, app, post, fill } = await openScene({ limits: { waiting: 1 } })
    const waiting = post('/consume/g/i', { topic: 'one', timeout: 10_000 }, { 'Kafka-Auto-Offset-Reset': 'earliest' })
    await until('one waits', async () => /proxy_waiting 1/.test(await (await app.request('/metrics')).text()))
    expect(retryAfter(await request('/consume/g/j/one'))).toEqual([503, '1'])
    expect(retryAfter(await request('/stream/g/j/one'))).toEqual([503, '1'])
    await fill('one', 0, ['a'])
    expect((await waiting).status).toBe(200)
    expect((await request('/consume/g/i/one?timeout=0')).status).toBe(200)
  })

  test('is refused with 503 and Retry-After: instances', async () => {
    const { request } = await openScene({ limits: { instances: 1 } })
    expect((await request('/consume/g/i/one?timeout=0')).status).toBe(200)
    expect(retryAfter(await request('/consume/g/j/one?timeout=0'))).toEqual([503, '1'])
    expect((await request('/delete-consumer/g/i', { method: 'POST' })).status).toBe(200)
    expect((await request('/consume/g/j/one?timeout=0')).status).toBe(200)
  })
})

describe('an answer', () => {
  test('bears not much more bytes than it has room for, and loses nothing by that', async () => {
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

describe('a batch for several partitions', () => {
  const open = async (messages: number, roomMs: number) => {
    const log = openEmbeddedLog({ file: ':memory:', queueLimit: { messages, bytes: 10_000 } })
    await log.createTopics([{ topic: 'two', partitions: 2 }])
    return { log, produce: new Produce(log, new Topics(log), roomMs) }
  }
  const batch = (...partitions: number[]) =>
    partitions.map((partition) => ({ topic: 'two', partition, value: 'a', timestamp: 1 }))

  test('waits for room rather than to be torn', async () => {
    const { log, produce } = await open(3, 5_000)
    const positions = await produce.send(account, batch(0, 1, 0, 1))
    expect(positions.map(({ partition, offset }) => [partition, offset])).toEqual([
      [0, 0],
      [1, 0],
      [0, 1],
      [1, 1],
    ])
    await log.close()
  })

  test('that was torn all the same tells the fate of each message', async () => {
    const { log, produce } = await open(2, 50)
    const problem = (await produce.send(account, batch(0, 1, 1, 1)).catch((error: unknown) => error)) as Problem
    expect(problem).toMatchObject({ status: 504, message: expect.stringMatching(/^3 of 4 messages were not written/) })
    const unwritten = { topic: 'two', partition: 1, error: expect.any(String), written: 'no' }
    expect(problem.details).toEqual({
      messages: [{ topic: 'two', partition: 0, offset: 0, timestamp: 1 }, unwritten, unwritten, unwritten],
    })
    expect(await log.bounds('two')).toMatchObject([{ end: 1 }, { end: 0 }])
    await log.close()
  })

  test('of which nothing found room is refused as a whole, with each fate', async () => {
    const { log, produce } = await open(1, 50)
    await expect(produce.send(account, batch(0, 0, 1, 1))).rejects.toMatchObject({ status: 503 })
    expect(await log.bounds('two')).toMatchObject([{ end: 0 }, { end: 0 }])
    await log.close()
  })
})

describe('a log that does not answer', () => {
  const never = (): Promise<never> => new Promise(() => undefined)
  const hanging = (log: Log): Log => ({ ...log, send: never, bounds: never, topics: never, close: () => log.close() })

  test('is waited for no longer than the limit', async () => {
    const log = patientLog(hanging(openEmbeddedLog({ file: ':memory:' })), 10)
    await expect(log.topics()).rejects.toMatchObject({ code: 'unavailable' })
    await expect(log.send([])).rejects.toMatchObject({ code: 'unknown' })
    await log.close()
  })

  test('is answered for within five seconds, and not even tried while it is known to be gone', async () => {
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

  test('is found again by itself', async () => {
    const log = openEmbeddedLog({ file: ':memory:' })
    await log.createTopics([{ topic: 'one', partitions: 1 }])
    let gone = false
    const topics = new Topics({
      ...log,
      topics: () => (gone ? Promise.reject(new LogError('unavailable', 'gone')) : log.topics()),
    })
    expect(await topics.partitions(account, 'produce', 'one')).toBe(1)
    gone = true
    await expect(topics.all()).rejects.toThrow('gone')
    expect(() => topics.refuseIfGone()).toThrow('gone')
    gone = false
    await until('it is there', () => {
      try {
        topics.refuseIfGone()
        return true
      } catch {
        return false
      }
    })
    await log.close()
  })
})
