import { once } from 'node:events'
import { connect } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
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
