import { describe, expect, test } from 'vitest'
import { CREDENTIALS, openTestProxy } from '../testing/test-proxy.ts'

const text = (bytes: Uint8Array | null): string | null => bytes && Buffer.from(bytes).toString()

describe('/webhook', () => {
  test('writes the body unchanged, with the headers that are not standard', async () => {
    const { request, log } = await openTestProxy({ now: () => 5 })
    const body = Uint8Array.of(0, 255, 10, 128)
    const headers = { 'content-type': 'image/png', 'user-agent': 'github', 'x-github-event': 'push', cookie: 'a=b' }
    const answer = await request('/webhook/?topic=one', { method: 'POST', headers, body })
    expect([answer.status, await answer.json()]).toEqual([200, { topic: 'one', partition: 0, offset: 0, timestamp: 5 }])
    const [message] = await log.read({ topic: 'one', partition: 0, offset: 0 }, 1, 0)
    expect(message!.value).toEqual(body)
    expect(message!.key).toBeNull()
    expect(message!.headers.map(([name, value]) => [name, text(value)])).toEqual([['x-github-event', 'push']])
  })

  test('accepts credentials in the query, and a GET without a body', async () => {
    const { app, log } = await openTestProxy()
    const query = new URLSearchParams({ topic: 'one', user: CREDENTIALS.username, pass: CREDENTIALS.password })
    const ask = async (path: string) => (await app.request(path)).status
    expect(await ask(`/webhook?${query}`)).toBe(200)
    expect(await ask(`/webhook?${query}x`)).toBe(401)
    expect(await ask(`/topics?${query}`)).toBe(401)
    const [message] = await log.read({ topic: 'one', partition: 0, offset: 0 }, 1, 0)
    expect(text(message!.value)).toBe('')
  })

  test('rejects a missing topic, an unknown topic and a large body', async () => {
    const { request } = await openTestProxy({ limits: { bodyBytes: 10 } })
    const ask = async (query: string, body = 'a') => {
      const answer = await request(`/webhook${query}`, { method: 'POST', body })
      return [answer.status, ((await answer.json()) as { status: number }).status]
    }
    expect(await ask('')).toEqual([400, 400])
    expect(await ask('?topic=none')).toEqual([404, 404])
    expect(await ask('?topic=one', 'x'.repeat(11))).toEqual([413, 413])
  })
})
