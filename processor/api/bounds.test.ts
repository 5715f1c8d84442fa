import { request } from 'node:http'
import { expect, onTestFinished, test } from 'vitest'
import { serve } from '#platform/node/serve.ts'
import { INVALID_TOKENS, WAITS } from '../limits.ts'
import { testApi, tokenOf } from '../testing/api.ts'

/** Opening thousands of connections and verifying their tokens takes seconds on a busy machine. */
const WITHIN = { timeout: 30_000 }

const api = testApi({})

async function served() {
  const { port, close } = await serve(api.app.fetch, { port: 0 })
  onTestFinished(() => close(0))
  return port
}

/** Asks for a receipt that is never written, and waits for half a minute. */
function wait(port: number, token: string) {
  const headers = { authorization: `Bearer ${token}` }
  const asked = request({ port, host: '127.0.0.1', path: '/v1/commands/c1?wait=30', headers, agent: false })
  asked.on('error', () => undefined).end()
  return asked
}

async function gauges(port: number): Promise<Record<string, number>> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
  return Object.fromEntries(
    Array.from(text.matchAll(/^(processor_api_\w+) (\d+)$/gm), ([, name, value]) => [name!, Number(value)]),
  )
}

const NOTHING = { processor_api_requests: 0, processor_api_waits: 0, processor_api_body_bytes: 0 }

test('2 000 clients that leave while they wait free their places at once', { timeout: 60_000 }, async () => {
  const port = await served()
  const tokens = await Promise.all(Array.from({ length: 20 }, (_, i) => tokenOf('traveler', `t${i}`)))
  const clients = tokens.flatMap((token) => Array.from({ length: 100 }, () => wait(port, token)))
  await expect
    .poll(() => gauges(port), WITHIN)
    .toEqual({ ...NOTHING, processor_api_requests: 2_000, processor_api_waits: 2_000 })
  for (const client of clients) client.destroy()
  await expect.poll(() => gauges(port), { timeout: 5_000 }).toEqual(NOTHING)
})

test('a principal has a share of the waits, and others get theirs', { timeout: 60_000 }, async () => {
  const port = await served()
  const token = await tokenOf('traveler', 'greedy')
  const clients = Array.from({ length: WAITS.share }, () => wait(port, token))
  await expect.poll(async () => (await gauges(port))['processor_api_waits'], WITHIN).toBe(WAITS.share)
  const refused = await api.ask('/v1/commands/c1?wait=30', 'traveler', 'greedy')
  expect([refused.status, refused.body['code'], refused.headers.get('retry-after')]).toEqual([
    429,
    'too_many_requests',
    '1',
  ])
  expect((await api.ask('/v1/bookings', 'traveler', 'greedy')).status).toBe(200)
  const other = await api.ask('/v1/commands/c1?wait=0.01', 'traveler', 'other')
  expect([other.status, other.body['code']]).toEqual([404, 'not_found'])
  for (const client of clients) client.destroy()
  await expect.poll(() => gauges(port), { timeout: 5_000 }).toEqual(NOTHING)
})

test('a client that leaves a read with a Consistency-Token frees its place', async () => {
  const port = await served()
  await api.store.insert('receipts', { _id: 'c2', position: { partition: 0, offset: 0 } })
  const headers = { authorization: `Bearer ${await tokenOf('traveler', 't1')}`, 'consistency-token': 'c2' }
  const asked = request({ port, host: '127.0.0.1', path: '/v1/notifications', headers })
  asked.on('error', () => undefined).end()
  await expect.poll(async () => (await gauges(port))['processor_api_waits']).toBe(1)
  asked.destroy()
  await expect.poll(() => gauges(port), { timeout: 2_000 }).toEqual(NOTHING)
})

test('many calls of /readyz ask the log once', async () => {
  let asked = 0
  const committed = api.log.committed.bind(api.log)
  api.log.committed = (...names) => {
    asked++
    return committed(...names)
  }
  const port = await served()
  const ready = () => fetch(`http://127.0.0.1:${port}/readyz`).then(({ status }) => status)
  expect(new Set(await Promise.all(Array.from({ length: 20 }, ready)))).toEqual(new Set([200]))
  const { GROUPS } = await import('../groups.ts')
  expect(asked).toBe(Object.keys(GROUPS).length)
})

test('an address that sends many invalid tokens is refused, and a token that was valid is still accepted', async () => {
  const authorization = `Bearer ${await tokenOf('traveler', 't1')}`
  const ask = async (token: string) => api.app.request('/v1/bookings', { headers: { authorization: token } })
  expect((await ask(authorization)).status).toBe(200)
  const invalid = Array.from({ length: 4 * INVALID_TOKENS.perSecond }, (_, i) => `${authorization}${i}`)
  const refused = await Promise.all(invalid.map(ask))
  expect(new Set(refused.map(({ status }) => status))).toEqual(new Set([401, 429]))
  expect(refused.find(({ status }) => status === 429)!.headers.get('retry-after')).toBe('1')
  expect((await ask(authorization)).status).toBe(200)
})
