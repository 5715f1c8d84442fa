import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { ServerLimits } from './limits.ts'
import { type Fetch, serve } from './serve.ts'

async function served(fetch: Fetch, limits: Partial<ServerLimits> = {}) {
  const server = await serve(fetch, { hostname: '127.0.0.1', port: 0, limits })
  onTestFinished(() => server.close(0))
  return { ...server, url: `http://127.0.0.1:${server.port}/` }
}

/** A connection that collects what the server sends. */
function open(port: number, from = '127.0.0.1') {
  const socket = connect({ port, host: '127.0.0.1', localAddress: from }).setEncoding('utf8')
  const seen = { text: '' }
  socket.on('data', (text: string) => (seen.text += text))
  socket.on('error', () => undefined)
  const closed = once(socket, 'close')
  onTestFinished(() => void socket.destroy())
  return { socket, closed, seen, end: closed.then(() => seen.text) }
}

const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'
const OK: Fetch = () => new Response('ok')

/** The statuses of the responses on a connection, in order. */
const statusesIn = (text: string): number[] =>
  [...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => Number(status))

async function isServed(url: string): Promise<boolean> {
  return (await (await fetch(url)).text()) === 'ok'
}

/** Resolves when the condition holds; the test's own timeout ends the wait. */
async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 5))
}

const problemIn = (text: string): unknown => JSON.parse(/\r\n\r\n(\{.*\})$/s.exec(text)![1]!)

describe('pipelined requests', () => {
  test('are started a few at once and answered in order', async () => {
    let running = 0
    let most = 0
    let count = 0
    const { port, url } = await served(
      async () => {
        most = Math.max(most, ++running)
        const text = `(${count++})`
        await new Promise((resolve) => setImmediate(resolve))
        running--
        return new Response(text)
      },
      { startedPerConnection: 3 },
    )
    const { socket, seen } = open(port)
    socket.write(GET.repeat(100))
    await until(() => seen.text.includes('(99)'))
    expect([...seen.text.matchAll(/\((\d+)\)/g)].map(([, n]) => Number(n))).toEqual(
      Array.from({ length: 100 }, (_, i) => i),
    )
    expect(most).toBe(3)
    expect((await fetch(url)).status).toBe(200)
  })

  test('close their connection when too many of one address wait, while another client is served', async () => {
    const held = Promise.withResolvers<void>()
    const { port, url } = await served(
      async ({ url }) => {
        if (url.endsWith('/held')) await held.promise
        return new Response('ok')
      },
      { waitingRequestsPerAddress: 50 },
    )
    const { socket, closed } = open(port)
    socket.write(GET.replace('/ ', '/held ').repeat(4) + GET.repeat(51))
    await closed
    expect(await isServed(url)).toBe(true)
    const again = open(port)
    again.socket.write(GET.repeat(20))
    await until(() => statusesIn(again.seen.text).length === 20)
    held.resolve()
  })

  test('are not started after their client is gone', async () => {
    const held = Promise.withResolvers<void>()
    let started = 0
    const { port, url } = await served(
      async ({ url }) => {
        if (url.endsWith('/held')) await held.promise
        else started++
        return new Response('ok')
      },
      { startedPerConnection: 1 },
    )
    const { socket, seen } = open(port)
    socket.write(GET + GET.replace('/ ', '/held ') + GET.repeat(10))
    await until(() => statusesIn(seen.text).length === 1)
    socket.destroy()
    await isServed(url)
    held.resolve()
    await isServed(url)
    expect(started).toBe(3)
  })
})

test('an incomplete request gets no response while the one before it has none', async () => {
  const held = Promise.withResolvers<void>()
  const { port } = await served(
    async () => {
      await held.promise
      return new Response('ok')
    },
    { requestsPerConnection: 1 },
  )
  const { socket, end } = open(port)
  socket.write(`${GET}POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nz\r\n`)
  expect(await end).toBe('')
  held.resolve()
})

test('the last request that a connection may have closes it', async () => {
  const { port, url } = await served(OK, { requestsPerConnection: 3 })
  const { socket, end } = open(port)
  socket.write(GET.repeat(5))
  expect(statusesIn(await end)).toEqual([200, 200, 200])
  expect(await isServed(url)).toBe(true)
})

describe('open connections', () => {
  const idle = async (port: number, from?: string): Promise<{ socket: Socket; end: Promise<string> }> => {
    const { socket, end } = open(port, from)
    await once(socket, 'connect')
    return { socket, end }
  }

  test('of one address are limited, and leave room for another address', async () => {
    const { port, url } = await served(OK, { connectionsPerAddress: 2 })
    const first = await idle(port)
    await idle(port)
    const refused = await (await idle(port)).end
    expect(refused).toMatch(/^HTTP\/1\.1 429 [^]*\r\nRetry-After: 1\r\n/)
    expect(problemIn(refused)).toMatchObject({ code: 'too_many_requests' })
    const other = open(port, '127.0.0.2')
    other.socket.write(GET)
    await until(() => other.seen.text.endsWith('ok'))
    first.socket.destroy()
    await until(() => isServed(url))
  })

  test('are limited in total', async () => {
    const { port } = await served(OK, { connections: 2 })
    await idle(port)
    await idle(port, '127.0.0.2')
    const refused = await (await idle(port, '127.0.0.3')).end
    expect(refused).toMatch(/^HTTP\/1\.1 503 [^]*\r\nRetry-After: 1\r\n/)
    expect(problemIn(refused)).toMatchObject({ code: 'overloaded' })
  })
})

describe('a slow client', () => {
  const large = new Uint8Array(16 * 1024 * 1024)

  /** A server of a large response; `finished` tells whether the client took it whole. */
  async function servedLarge(limits: Partial<ServerLimits>) {
    const finished = Promise.withResolvers<boolean>()
    const server = await served((request, env) => {
      if (!request.url.endsWith('/large')) return new Response('ok')
      env!.outgoing.once('close', () => finished.resolve(env!.outgoing.writableFinished))
      return new Response(large)
    }, limits)
    return { ...server, finished: finished.promise }
  }

  test('is cut off when it does not read its response, while another client is served', async () => {
    const { port, url, finished } = await servedLarge({ sendMs: 200 })
    const { socket } = open(port)
    socket.pause()
    socket.write(GET.replace('/ ', '/large '))
    expect(await isServed(url)).toBe(true)
    expect(await finished).toBe(false)
    expect(await isServed(url)).toBe(true)
  })

  test('gets its whole response when it reads with pauses', async () => {
    const { url, finished } = await servedLarge({ sendMs: 2_000 })
    let bytes = 0
    for await (const chunk of (await fetch(`${url}large`)).body!) {
      if (bytes === 0) await new Promise((resolve) => setTimeout(resolve, 100))
      bytes += chunk.length
    }
    expect([bytes, await finished]).toEqual([large.length, true])
  })

  test('is answered 408 when its headers or its body do not arrive in time, and then closed', async () => {
    const { port, url } = await served(async (request) => new Response(await request.text()), {
      headersMs: 100,
      requestMs: 100,
    })
    for (const bytes of ['GET / HTTP/1.1\r\nHo', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n{']) {
      const { socket, end } = open(port)
      socket.write(bytes)
      const answer = await end
      expect(statusesIn(answer)).toEqual([408])
      expect(answer).toContain('Content-Type: application/problem+json\r\n')
      expect(answer).toContain('Connection: close\r\n')
      expect(problemIn(answer)).toMatchObject({ code: 'request_timeout', status: 408 })
    }
    expect((await fetch(url)).status).toBe(200)
  })
})

describe('what is not HTTP/1.1', () => {
  test.each([
    ['nonsense', 'nonsense\r\n\r\n', 400, 'invalid_http'],
    ['large headers', `GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(17_000)}\r\n\r\n`, 431, 'headers_too_large'],
    [
      'a chunk of invalid size',
      'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nz\r\n',
      400,
      'invalid_http',
    ],
    ['an unknown expectation', 'GET / HTTP/1.1\r\nHost: a\r\nExpect: tea\r\n\r\n', 400, 'invalid_http'],
    ['CONNECT', 'CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n', 400, 'invalid_http'],
  ])('is a problem document that closes the connection: %s', async (_, bytes, status, code) => {
    const { port } = await served(async (request) => new Response(await request.text()))
    const { socket, end } = open(port)
    socket.write(bytes)
    const answer = await end
    expect(statusesIn(answer)).toEqual([status])
    expect(answer).toMatch(/\r\nContent-Type: application\/problem\+json\r\n/i)
    expect(answer).toMatch(/\r\nConnection: close\r\n/i)
    expect(problemIn(answer)).toMatchObject({ code, status })
  })

  test('is answered after the requests before it', async () => {
    const { port } = await served(async () => {
      await new Promise((resolve) => setImmediate(resolve))
      return new Response('ok')
    })
    const { socket, end } = open(port)
    socket.write(`${GET.repeat(6)}nonsense\r\n\r\n`)
    expect(statusesIn(await end)).toEqual([200, 200, 200, 200, 200, 200, 400])
  })
})
