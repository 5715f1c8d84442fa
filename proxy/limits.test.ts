import { describe, expect, test } from 'vitest'
import { until } from '#log/conformance/scene.ts'
import { openTestProxy, retryAfter, valuesIn } from './testing/test-proxy.ts'

describe('load above a limit', () => {
  test('returns 503 with Retry-After for pending bodies', async () => {
    const { request, post } = await openTestProxy({ limits: { pendingBytes: 100 } })
    const body = JSON.stringify({ value: 'x'.repeat(60) })
    const both = await Promise.all([1, 2].map(() => request('/produce/one', { method: 'POST', body })))
    expect(both.map(retryAfter).toSorted(([a], [b]) => a - b)).toEqual([
      [200, null],
      [503, '1'],
    ])
    expect((await post('/produce/one', body)).status).toBe(200)
  })

  test('returns 503 with Retry-After for waiting requests', async () => {
    const { request, app, post, fill } = await openTestProxy({ limits: { waiting: 1 } })
    const waiting = post('/consume/g/i', { topic: 'one', timeout: 10_000 }, { 'Kafka-Auto-Offset-Reset': 'earliest' })
    await until('one waits', async () => /proxy_waiting 1/.test(await (await app.request('/metrics')).text()))
    expect(retryAfter(await request('/consume/g/j/one'))).toEqual([503, '1'])
    expect(retryAfter(await request('/stream/g/j/one'))).toEqual([503, '1'])
    await fill('one', 0, ['a'])
    expect((await waiting).status).toBe(200)
    expect((await request('/consume/g/i/one?timeout=0')).status).toBe(200)
  })

  test('returns 503 with Retry-After for consumer instances', async () => {
    const { request } = await openTestProxy({ limits: { instances: 1 } })
    expect((await request('/consume/g/i/one?timeout=0')).status).toBe(200)
    expect(retryAfter(await request('/consume/g/j/one?timeout=0'))).toEqual([503, '1'])
    expect((await request('/delete-consumer/g/i', { method: 'POST' })).status).toBe(200)
    expect((await request('/consume/g/j/one?timeout=0')).status).toBe(200)
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
