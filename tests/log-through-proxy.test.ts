import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { request, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createAdaptorServer } from '@hono/node-server'
import { Kafka } from '@upstash/kafka'
import { expect, onTestFinished, test } from 'vitest'
import { openEmbeddedLog } from '#log/embedded.ts'
import { describeLog } from '#log/log.conformance.ts'
import type { Log } from '#log/log.ts'
import { createProxy } from '#proxy/app.ts'
import { openLogThroughProxy } from './log-through-proxy.ts'

const credentials = { username: 'proxy', password: 'pä:ss' }

/** The proxy on a port of its own, above a log in a file. */
async function serve(file: string) {
  const behind = openEmbeddedLog({ file })
  const { app, close } = createProxy({ log: behind, credentials })
  const server = createAdaptorServer({ fetch: app.fetch })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const stop = async (): Promise<void> => {
    await close()
    await behind.close()
    if ('closeAllConnections' in server) server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  return { behind, url, stop }
}

const text = 'the REST format carries text only'

describeLog(
  'the log through @upstash/kafka and the proxy',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'log-through-proxy-'))
    const file = join(folder, 'log.db')
    let served = await serve(file)
    let log: Log = openLogThroughProxy({ url: served.url, ...credentials })
    return {
      log,
      createTopics: (topics) => served.behind.createTopics(topics),
      reopen: async () => {
        await log.close()
        await served.stop()
        served = await serve(file)
        log = openLogThroughProxy({ url: served.url, ...credentials })
        return log
      },
      dispose: async () => {
        await log.close()
        await served.stop()
        rmSync(folder, { recursive: true })
      },
    }
  },
  {
    lacks: {
      bytes: text,
      tombstones: `${text}, and has one spelling for nothing and empty`,
      createTopics: 'the REST format has no such route',
      overload: 'one request is under way at a time, so no queue fills',
      fencing: 'the REST format tells an instance nothing of a rebalance',
      owned: 'the REST format tells an instance nothing of its partitions',
    },
  },
)

async function serveFresh() {
  const folder = mkdtempSync(join(tmpdir(), 'log-through-proxy-'))
  const served = await serve(join(folder, 'log.db'))
  onTestFinished(async () => {
    await served.stop()
    rmSync(folder, { recursive: true })
  })
  return served
}

test('the client is refused with a wrong password and told so', async () => {
  const { url } = await serveFresh()
  const stranger = openLogThroughProxy({ url, username: 'proxy', password: 'guess' })
  await expect(stranger.topics()).rejects.toThrow('username or password is wrong')
  expect(await new Kafka({ url: `${url}/`, ...credentials }).admin().topics()).toEqual({})
})

test('a body on a GET is read, as the format allows it', async () => {
  const { url, behind } = await serveFresh()
  await behind.createTopics([{ topic: 'bookings', partitions: 1 }])
  const body = '{"value":"from a GET"}'
  const authorization = `Basic ${Buffer.from('proxy:pä:ss').toString('base64')}`
  const headers = { authorization, 'content-length': body.length }
  const sent = request(`${url}/produce/bookings`, { method: 'GET', headers }).end(body)
  const [answer] = (await once(sent, 'response')) as [IncomingMessage]
  expect(answer.statusCode).toBe(200)
  const [message] = await behind.read({ topic: 'bookings', partition: 0, offset: 0 }, 1, 0)
  expect(Buffer.from(message!.value!).toString()).toBe('from a GET')
  answer.resume()
})
