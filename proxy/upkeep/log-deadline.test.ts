import { describe, expect, test } from 'vitest'
import { until } from '#log/conformance/scene.ts'
import { openEmbeddedLog } from '#log/embedded/embedded-log.ts'
import { LogError, type Log } from '#log/log.ts'
import { Account } from '../accounts/account.ts'
import { FULL_ACCESS, Permissions } from '../accounts/permissions.ts'
import { createProxy } from '../app.ts'
import { AUTHORIZATION, CREDENTIALS, retryAfter } from '../testing/test-proxy.ts'
import { TopicAvailability } from '../topics.ts'
import { logWithDeadline } from './log-deadline.ts'

const account = new Account('test', new Permissions(FULL_ACCESS))

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
    const topics = new TopicAvailability({
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
