import { once } from 'node:events'
import { connect } from 'node:net'
import { networkInterfaces } from 'node:os'
import { describe, expect, onTestFinished, test } from 'vitest'
import { PortTaken } from '../port-taken.ts'
import { type Fetch, serve } from './serve.ts'

const HOST = { hostname: '127.0.0.1', port: 0, variable: 'DEMO_PORT' }

async function served(fetch: Fetch) {
  const server = await serve(fetch, HOST)
  onTestFinished(() => server.close(0))
  return { ...server, url: `http://127.0.0.1:${server.port}/` }
}

test('a server handles requests until it is closed', async () => {
  const { url, close } = await served((request) => new Response(new URL(request.url).pathname))
  expect(await (await fetch(`${url}a`)).text()).toBe('/a')
  await close()
  await close()
  await expect(fetch(url)).rejects.toThrow()
})

test('the error for a taken port names its setting', async () => {
  const { port } = await served(() => new Response())
  const second = serve(() => new Response(), { ...HOST, port })
  await expect(second).rejects.toThrow(`Port ${port} is taken by another process: stop it, or set DEMO_PORT to another`)
  await expect(second).rejects.toBeInstanceOf(PortTaken)
})

test('a server finishes a running request before it closes, and does not wait for the idle connection', async () => {
  const started = Promise.withResolvers<void>()
  const finish = Promise.withResolvers<Response>()
  const { url, close } = await served(() => {
    started.resolve()
    return finish.promise
  })
  const response = fetch(url)
  await started.promise
  const closed = close(60_000)
  finish.resolve(new Response('done'))
  expect(await (await response).text()).toBe('done')
  await closed
})

test('a server cuts off a request that runs longer than the grace period', async () => {
  const started = Promise.withResolvers<void>()
  const { port, close } = await served(() => {
    started.resolve()
    return new Promise<Response>(() => {})
  })
  const socket = connect(port, '127.0.0.1').on('error', () => undefined)
  socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
  await started.promise
  const ended = once(socket, 'close')
  await close(1)
  await ended
})

/** Sends bytes on a connection of their own and returns everything that comes back. */
async function raw(port: number, bytes: string): Promise<string> {
  const socket = connect(port, '127.0.0.1').setEncoding('utf8')
  let answer = ''
  socket.on('data', (text: string) => (answer += text))
  socket.end(bytes)
  await once(socket, 'close')
  return answer
}

describe('the Host header', () => {
  const urlOf: Fetch = (request) => new Response(request.url)

  test.each([
    ['GET /readyz HTTP/1.0\r\n\r\n', 'http://localhost/readyz'],
    ['GET /readyz HTTP/1.0\r\nHost: edge:80\r\n\r\n', 'http://edge/readyz'],
    ['GET /readyz HTTP/1.1\r\nHost:\r\nConnection: close\r\n\r\n', 'http://localhost/readyz'],
    ['GET http://edge/readyz HTTP/1.1\r\nHost: edge\r\nConnection: close\r\n\r\n', 'http://edge/readyz'],
  ])('may be missing in HTTP/1.0 and empty: %j', async (bytes, url) => {
    const { port } = await served(urlOf)
    expect(await raw(port, bytes)).toMatch(new RegExp(`^HTTP/1.1 200 OK\r\n[^]*\r\n\r\n(\\w+\r\n)?${url}`))
  })

  test.each([
    ['GET / HTTP/1.1\r\nConnection: close\r\n\r\n', 'The request has no Host header.'],
    ['GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\nConnection: close\r\n\r\n', 'The request has several Host headers.'],
    ['GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n', 'The request has several Host headers.'],
    ['GET / HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n', 'the Host header is not valid.'],
    ['GET / HTTP/1.1\r\nHost: a/b\r\nConnection: close\r\n\r\n', 'the Host header is not valid.'],
  ])('is a problem document when it breaks HTTP: %j', async (bytes, detail) => {
    const { port } = await served(urlOf)
    const answer = await raw(port, bytes)
    expect(answer).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n[^]*content-type: application\/problem\+json\r\n/i)
    expect(answer).toContain('"code":"invalid_http"')
    expect(answer).toContain(detail)
  })
})

test('an idle connection outlives the 60 s after which load balancers close it', async () => {
  const { url } = await served(() => new Response('ok'))
  expect((await fetch(url)).headers.get('keep-alive')).toBe('timeout=75')
})

describe('a server on localhost', () => {
  const serveLocally = async () => {
    const server = await serve((request) => new Response(new URL(request.url).host), { port: 0, hostname: 'localhost' })
    onTestFinished(() => server.close())
    return server
  }
  const statusOf = async (host: string, port: number, header: string): Promise<string> => {
    const socket = connect(port, host).setEncoding('utf8')
    socket.end(`GET / HTTP/1.1\r\nHost: ${header}\r\nConnection: close\r\n\r\n`)
    let text = ''
    for await (const part of socket) text += String(part)
    return text.slice(9, 12)
  }
  const hasIpv6 = Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === '::1'))

  test.each(['127.0.0.1', ...(hasIpv6 ? ['::1'] : [])])('responds at %s and refuses other addresses', async (host) => {
    const { port } = await serveLocally()
    expect(await statusOf(host, port, `localhost:${port}`)).toBe('200')
    const others = Object.values(networkInterfaces()).flatMap((all) =>
      (all ?? []).filter(({ internal, family }) => !internal && family === 'IPv4').map(({ address }) => address),
    )
    for (const other of others) await expect(statusOf(other, port, other)).rejects.toThrow('ECONNREFUSED')
  })

  test.each([
    ['localhost', '200'],
    ['edge.localhost:8787', '200'],
    ['127.0.0.1', '200'],
    ['[::1]:80', '200'],
    ['evil.example', '400'],
    ['localhost.evil.example', '400'],
    ['127.0.0.1.evil.example:8787', '400'],
  ])('answers the Host header %s with %s', async (header, status) => {
    const { port } = await serveLocally()
    expect(await statusOf('127.0.0.1', port, header)).toBe(status)
  })

  test.runIf(hasIpv6)('reports a port that another program has at ::1 alone', async () => {
    const other = await serve(() => new Response(), { port: 0, hostname: '::1' })
    onTestFinished(() => other.close())
    const refused = serve(() => new Response(), { port: other.port, hostname: 'localhost' })
    await expect(refused).rejects.toThrow(PortTaken)
    await (await serve(() => new Response(), { port: other.port, hostname: '127.0.0.1' })).close()
  })
})
