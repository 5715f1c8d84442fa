/** What one client does over raw connections, and what another client beside it sees. */
import { once } from 'node:events'
import { connect } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { until } from '#log/conformance/scene.ts'
import { openEmbeddedLog } from '#log/embedded/embedded-log.ts'
import type { Log } from '#log/log.ts'
import { around } from '#platform/around.ts'
import type { ServerLimits } from '#platform/node/limits.ts'
import { createProxy } from './app.ts'
import type { Limits } from './limits.ts'
import { as, CREDENTIALS } from './testing/test-proxy.ts'
import { serveProxy } from './upkeep/serve.ts'

const grants = { produce: ['*'], consume: ['*'] }
const users = [
  { username: 'greedy', password: 'greedy', ...grants },
  { username: 'modest', password: 'modest', ...grants },
  { username: 'nobody', password: 'nobody', produce: [], consume: [] },
]

async function served(limits: Partial<Limits & ServerLimits> = {}, watch = (log: Log): Log => log) {
  const log = openEmbeddedLog({ file: ':memory:' })
  await log.createTopics([
    { topic: 'one', partitions: 1 },
    { topic: 'three', partitions: 3 },
  ])
  const proxy = createProxy({ log: watch(log), credentials: CREDENTIALS, users, limits })
  const { port, close } = await serveProxy(proxy.app, { port: 0, hostname: '127.0.0.1', limits })
  onTestFinished(async () => {
    proxy.drain()
    await close(0)
    await proxy.close()
    await log.close()
  })
  const url = `http://127.0.0.1:${port}`
  return {
    log,
    port,
    url,
    /** The other client: its requests keep succeeding. */
    produce: async () => (await fetch(`${url}/produce/one/hello`, { headers: as('modest') })).status,
    gauge: async (name: string) => {
      const text = await (await fetch(`${url}/metrics`)).text()
      return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)![1])
    },
  }
}

/** A connection that has sent a head and the given part of its body. */
function send(port: number, line: string, user: string, headers: string[] = [], body = '') {
  const socket = connect(port, '127.0.0.1').setEncoding('utf8')
  const seen = { text: '' }
  socket.on('data', (text: string) => (seen.text += text)).on('error', () => undefined)
  const head = [`${line} HTTP/1.1`, 'Host: a', `Authorization: ${as(user).authorization}`, ...headers]
  const request = `${head.join('\r\n')}\r\n\r\n${body}`
  socket.write(request)
  onTestFinished(() => void socket.destroy())
  return { socket, request, seen, closed: once(socket, 'close') }
}

const statusIn = ({ text }: { text: string }): number => Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1])

describe('rights are checked before the body is read', () => {
  test.each([
    ['POST /produce', 'nobody'],
    ['POST /produce/one', 'nobody'],
    ['POST /webhook?topic=one', 'nobody'],
    ['POST /fetch', 'nobody'],
    ['POST /offsets/latest', 'nobody'],
    ['POST /consume/g/i', 'nobody'],
    ['POST /consume/booking-views/i', 'greedy'],
    ['POST /commit/booking-views/i', 'greedy'],
    ['POST /committed/booking-views/i', 'greedy'],
  ])('for %s by %s', async (line, user) => {
    const { port, produce, gauge } = await served()
    const { seen } = send(port, line, user, ['Content-Length: 8000000'], '[{},')
    await until('the response has come', () => statusIn(seen) === 403)
    expect(await gauge('proxy_pending_bytes')).toBe(0)
    expect(await produce()).toBe(200)
  })

  test('and a body that is too large before any of it has come', async () => {
    const { port } = await served({ bodyBytes: 1000 })
    const { seen } = send(port, 'POST /produce/one', 'greedy', ['Content-Length: 1001'])
    await until('the response has come', () => statusIn(seen) === 413)
  })
})

describe('bodies that do not end', () => {
  test('take the share of their account, not that of another, and are cut off', async () => {
    const { port, produce, gauge, url } = await served({
      pendingBytes: 64_000,
      bodyBytes: 16_000,
      headersMs: 500,
      requestMs: 500,
    })
    const body = `{"value":"${'x'.repeat(15_000)}`
    const slow = Array.from({ length: 8 }, () =>
      send(port, 'POST /produce/one', 'greedy', [`Content-Length: ${body.length + 10}`], body),
    )
    await until('bodies above the share are refused', () => slow.some(({ seen }) => statusIn(seen) === 429))
    expect(await gauge('proxy_pending_bytes')).toBeLessThanOrEqual(32_000)
    expect(await produce()).toBe(200)
    const large = { method: 'POST', body: `${body}"}`, headers: as('modest') }
    expect((await fetch(`${url}/produce/one`, large)).status).toBe(200)
    await Promise.all(slow.map(({ closed }) => closed))
    expect(new Set(slow.map(({ seen }) => statusIn(seen)))).toEqual(new Set([408, 429]))
    await until('nothing is pending', async () => (await gauge('proxy_pending_bytes')) === 0)
    expect((await fetch(`${url}/produce/one`, { ...large, headers: as('greedy') })).status).toBe(200)
  })
})

describe('responses that are not read', () => {
  test('take the share of their account, not that of another, and are cut off', async () => {
    const { port, log, produce, url } = await served({ responseBytes: 12 * 1024 * 1024, sendMs: 400 })
    const value = 'x'.repeat(500_000)
    for (let i = 0; i < 12; i++) await log.send([{ topic: 'one', value }])
    const position = JSON.stringify({ topic: 'one', partition: 0, offset: 0, timeout: 0 })
    const fetchAs = (user: string) => fetch(`${url}/fetch`, { method: 'POST', body: position, headers: as(user) })
    const unread = Array.from({ length: 3 }, () => {
      const sent = send(port, 'POST /fetch', 'greedy', [`Content-Length: ${position.length}`], position)
      // More than the buffers of the kernel take.
      for (let i = 0; i < 5; i++) sent.socket.write(sent.request)
      sent.socket.pause()
      return sent
    })
    await until('the account is at its share', async () => {
      const response = await fetchAs('greedy')
      await response.bytes()
      return response.status === 429
    })
    expect(await produce()).toBe(200)
    const other = await fetchAs('modest')
    expect([other.status, (await other.bytes()).length > 500_000]).toEqual([200, true])
    await until('the connections are cut off', async () => {
      const response = await fetchAs('greedy')
      return (await response.bytes()).length > 0 && response.status === 200
    })
    for (const { socket } of unread) socket.destroy()
  })
})

describe('a fetch whose client is gone', () => {
  test('ends its reads of the log', async () => {
    const waits = new Set<number>()
    let calls = 0
    const watch = (log: Log): Log =>
      around(log, async (method, call, args) => {
        const id = calls++
        if (method === 'read' && Number(args[2]) > 0) waits.add(id)
        return call().finally(() => waits.delete(id))
      })
    const { port, produce, gauge } = await served({}, watch)
    const topicPartitionOffsets = [0, 1, 2].flatMap((partition) =>
      Array.from({ length: 300 }, () => ({ topic: 'three', partition, offset: 1_000 })),
    )
    const body = JSON.stringify({ topicPartitionOffsets, timeout: 60_000 })
    const gone = Array.from({ length: 20 }, () =>
      send(port, 'POST /fetch', 'greedy', [`Content-Length: ${body.length}`], body),
    )
    await until('all wait', async () => (await gauge('proxy_waiting')) === 20 && waits.size === 60)
    expect(await produce()).toBe(200)
    for (const { socket } of gone) socket.destroy()
    await until('no read waits', () => waits.size === 0)
    expect(await gauge('proxy_waiting')).toBe(0)
    expect(await produce()).toBe(200)
  })
})

test('many pipelined requests for the reference are answered or refused, while another client is served', async () => {
  const { port, produce, url } = await served()
  const one = 'GET /openapi.json HTTP/1.1\r\nHost: a\r\n\r\n'
  const socket = connect(port, '127.0.0.1')
  const closed = once(socket, 'close')
  let bytes = 0
  socket.on('data', (chunk) => (bytes += chunk.length)).on('error', () => undefined)
  socket.write(one.repeat(1_500))
  for (let i = 0; i < 20; i++) expect(await produce()).toBe(200)
  await closed
  expect(bytes).toBeGreaterThan((await (await fetch(`${url}/openapi.json`)).bytes()).length)
})

test('a wrong method is a problem document with Allow over a connection, too', async () => {
  const { port } = await served()
  const { socket, seen, closed } = send(port, 'PUT /topics', 'modest', ['Connection: close'])
  await closed
  socket.destroy()
  expect(seen.text).toMatch(/^HTTP\/1\.1 405 [^]*\r\nallow: GET, POST\r\n/i)
  expect(seen.text).toMatch(/\r\ncontent-type: application\/problem\+json\r\n/i)
})
