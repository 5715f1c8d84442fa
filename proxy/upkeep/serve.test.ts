import { once } from 'node:events'
import { request, type IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { until } from '#log/conformance/scene.ts'
import { openEmbeddedLog } from '#log/embedded/embedded-log.ts'
import type { ServerLimits } from '#platform/node/limits.ts'
import { createProxy } from '../app.ts'
import { AUTHORIZATION, CREDENTIALS } from '../testing/test-proxy.ts'
import { serveProxy } from './serve.ts'

async function serve(limits: Partial<ServerLimits> = {}) {
  const log = openEmbeddedLog({ file: ':memory:' })
  await log.createTopics([{ topic: 'one', partitions: 1 }])
  const proxy = createProxy({ log, credentials: CREDENTIALS })
  const { port, close } = await serveProxy(proxy.app, { port: 0, limits })
  onTestFinished(async () => {
    proxy.drain()
    await close(0)
    await proxy.close()
    await log.close()
  })
  return { log, port, url: `http://127.0.0.1:${port}` }
}

/** Sends bytes, valid HTTP or not, and returns the response. */
async function raw(port: number, bytes: string): Promise<string> {
  const socket = connect(port, '127.0.0.1').setEncoding('utf8')
  let answer = ''
  socket.on('data', (text: string) => (answer += text))
  socket.on('error', () => undefined)
  socket.end(bytes)
  await once(socket, 'close')
  return answer
}

describe('the server', () => {
  test('responds to invalid HTTP with JSON', async () => {
    const { port } = await serve()
    const body = /\r\n\r\n(\{.*\})/s
    for (const bytes of ['nonsense\r\n\r\n', 'GET / HTTP/1.1\r\n\r\n', 'GET /\\ HTTP/1.1\r\nHost: a\r\n\r\n']) {
      const answer = await raw(port, bytes)
      expect(answer).toMatch(/^HTTP\/1\.1 400 /)
      expect(JSON.parse(body.exec(answer)![1]!)).toMatchObject({ error: expect.any(String), status: 400 })
    }
    const long = await raw(port, `GET /topics HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`)
    expect(long).toMatch(/^HTTP\/1\.1 431 [^]*\{"error":"At most 16384 bytes are accepted\.","status":431,/)
  })

  test('answers a health check by HTTP/1.0 without a Host header', async () => {
    const { port } = await serve()
    for (const path of ['/healthz', '/readyz', '/metrics']) {
      expect(await raw(port, `GET ${path} HTTP/1.0\r\n\r\n`)).toMatch(/^HTTP\/1\.1 200 /)
    }
  })

  test('rejects a body above the limit before the client has sent all of it', async () => {
    const { url } = await serve()
    const body = 'x'.repeat(9 * 1024 * 1024)
    const answer = await fetch(`${url}/produce/one`, {
      method: 'POST',
      headers: { authorization: AUTHORIZATION },
      body,
    })
    expect([answer.status, await answer.json()]).toMatchObject([413, { status: 413 }])
  })

  test('keeps case and repetition of webhook headers', async () => {
    const { port, log } = await serve()
    const head = `POST /webhook?topic=one HTTP/1.1\r\nHost: a\r\nAuthorization: ${AUTHORIZATION}\r\nContent-Length: 2\r\n`
    const own = 'Stripe-Signature: a\r\nevent-timestamp: b\r\nStripe-Signature: c\r\nConnection: close\r\n\r\n{}'
    expect(await raw(port, head + own)).toMatch(/^HTTP\/1\.1 200 /)
    const [message] = await log.read({ topic: 'one', partition: 0, offset: 0 }, 1, 0)
    expect(message!.headers.map(([name, value]) => `${name}=${Buffer.from(value!).toString()}`)).toEqual([
      'Stripe-Signature=a',
      'event-timestamp=b',
      'Stripe-Signature=c',
    ])
  })

  test('keeps the messages for the next call when a client disconnects', async () => {
    const { url, log } = await serve()
    const headers = { authorization: AUTHORIZATION, 'Kafka-Auto-Offset-Reset': 'earliest' }
    const gone = request(`${url}/consume/g/i/one?timeout=60000`, { headers }).on('error', () => undefined)
    gone.end()
    const waiting = async () => (await fetch(`${url}/metrics`)).text()
    await until('the request waits', async () => /^proxy_waiting 1$/m.test(await waiting()))
    gone.destroy()
    await until('the request has ended', async () => /^proxy_waiting 0$/m.test(await waiting()))
    await log.send([{ topic: 'one', value: 'kept' }])
    const answer = await fetch(`${url}/consume/g/i/one?timeout=5000`, { headers })
    expect(await answer.json()).toMatchObject([{ value: 'kept' }])
  })

  test('keeps in the log the messages that a stalled reader does not read', async () => {
    const { url, log } = await serve()
    const value = 'x'.repeat(100_000)
    for (let i = 0; i < 300; i++) await log.send([{ topic: 'one', value }])
    const settings = { 'Kafka-Auto-Offset-Reset': 'earliest', 'Kafka-Auto-Commit-Interval': '20' }
    const headers = { authorization: AUTHORIZATION, ...settings }
    const stream = request(`${url}/stream/g/i/one`, { headers }).end()
    const [answer] = (await once(stream, 'response')) as [IncomingMessage]
    answer.pause()
    await until('the group has committed', async () => (await log.committed('g', 'one'))[0]! > 0)
    expect((await log.committed('g', 'one'))[0]).toBeLessThan(200)
    let read = 0
    answer.on('data', (chunk: Uint8Array) => (read += chunk.length)).resume()
    await until('the reader has all messages', () => read > 300 * 100_000)
    stream.destroy()
  })

  test('keeps idle connections open for the next request', async () => {
    const { port } = await serve()
    const socket = connect(port, '127.0.0.1').setEncoding('utf8')
    let answers = ''
    socket.on('data', (text: string) => (answers += text))
    for (let i = 1; i <= 3; i++) {
      socket.write('GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n')
      await until(`answer ${i}`, () => answers.split('"status":"ok"').length === i + 1)
    }
    expect(answers).toContain('timeout=75')
    socket.destroy()
  })
})
