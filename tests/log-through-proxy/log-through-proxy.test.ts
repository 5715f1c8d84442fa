import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { request, type IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Kafka } from '@upstash/kafka'
import { expect, onTestFinished, test } from 'vitest'
import { openEmbeddedLog } from '#log/embedded/embedded-log.ts'
import { describeLog } from '#log/conformance/conformance.ts'
import { CREDENTIALS, harnessAbove, LACKS, serve } from './served.ts'
import { openLogThroughProxy } from './log-through-proxy.ts'

describeLog(
  'the log through @upstash/kafka and the proxy',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'log-through-proxy-'))
    const harness = await harnessAbove(() => openEmbeddedLog({ file: join(folder, 'log.db') }))
    return {
      ...harness,
      dispose: async () => {
        await harness.dispose()
        rmSync(folder, { recursive: true })
      },
    }
  },
  { lacks: LACKS },
)

async function serveFresh() {
  const folder = mkdtempSync(join(tmpdir(), 'log-through-proxy-'))
  const served = await serve(openEmbeddedLog({ file: join(folder, 'log.db') }))
  onTestFinished(async () => {
    await served.stop()
    rmSync(folder, { recursive: true })
  })
  return served
}

test('the client gets an error with the reason for a wrong password', async () => {
  const { url } = await serveFresh()
  const stranger = openLogThroughProxy({ url, username: 'proxy', password: 'guess' })
  await expect(stranger.topics()).rejects.toThrow('username or password is wrong')
  expect(await new Kafka({ url: `${url}/`, ...CREDENTIALS }).admin().topics()).toEqual({})
})

test('the proxy reads the body of a GET', async () => {
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
