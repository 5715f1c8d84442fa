import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'

// Processes start slowly on a busy machine.
vi.setConfig({ testTimeout: 60_000 })

const CREDENTIALS = { UPSTASH_KAFKA_REST_USERNAME: 'proxy', UPSTASH_KAFKA_REST_PASSWORD: 'a-secret-never-printed' }
const AUTHORIZATION = `Basic ${Buffer.from('proxy:a-secret-never-printed').toString('base64')}`

function folderForTest(): string {
  const folder = mkdtempSync(join(tmpdir(), 'proxy-process-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** Starts `node proxy/node.ts` with only the given environment. */
function start(env: Record<string, string>) {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'node.ts')], {
    env: { PATH: process.env['PATH'], PROXY_PORT: '0', ...CREDENTIALS, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  const arrived: (() => void)[] = []
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
      for (const look of arrived) look()
    })
  }
  onTestFinished(() => void child.kill('SIGKILL'))
  const exit = once(child, 'exit').then(([code]) => code as number | null)
  const lines = () => output.split('\n').flatMap((line) => (line.startsWith('{') ? [JSON.parse(line)] : []))
  const line = (message: string | RegExp): Promise<Record<string, unknown> & { message: string }> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const found = lines().find((line) =>
          message instanceof RegExp ? message.test(line.message) : line.message === message,
        )
        if (found) resolve(found)
      }
      arrived.push(look)
      look()
      void exit.then((code) => reject(new Error(`it ended with ${code}: ${output}`)))
    })
  return { child, exit, line, output: () => output }
}

async function started(env: Record<string, string>) {
  const process = start(env)
  const { message } = await process.line(/^listens on \d+$/)
  const url = `http://127.0.0.1:${/\d+/.exec(message)![0]}`
  const get = (path: string) => fetch(`${url}${path}`, { headers: { authorization: AUTHORIZATION } })
  return { ...process, url, get }
}

test('the process needs only its environment, creates its topics, and keeps its messages over a restart', async () => {
  const env = { DATA_DIR: folderForTest(), PROXY_TOPICS: 'red:1,green:3' }
  const first = await started(env)
  expect(await first.line('is ready')).toMatchObject({ service: 'proxy', topics: 'red:1,green:3' })
  expect((await fetch(`${first.url}/readyz`)).status).toBe(200)
  expect(await (await first.get('/topics')).json()).toEqual({ green: 3, red: 1 })
  expect((await first.get('/produce/red/kept')).status).toBe(200)
  first.child.kill('SIGTERM')
  expect(await first.exit).toBe(0)

  const second = await started(env)
  await second.line('is ready')
  const messages = await (await second.get('/consume/g/i/red?timeout=0')).json()
  expect(messages).toEqual([])
  expect(await (await second.get('/produce/red/more')).json()).toMatchObject({ topic: 'red', offset: 1 })
})

test('SIGTERM ends long polls and streams at once, finishes running requests, and exits with 0', async () => {
  const { get, child, exit, line, output } = await started({ DATA_DIR: folderForTest(), PROXY_TOPICS: 'red:1' })
  await line('is ready')
  const stream = await get('/stream/s/i/red')
  const waiting = get('/consume/g/i/red?timeout=60000')
  const fetching = fetch(stream.url.replace(/\/stream.*/, '/fetch'), {
    method: 'POST',
    headers: { authorization: AUTHORIZATION },
    body: '{"topic":"red","partition":0,"offset":0,"timeout":60000}',
  })
  await expect.poll(async () => (await get('/metrics')).text(), { timeout: 10_000 }).toMatch(/^proxy_waiting 3$/m)
  const began = performance.now()
  child.kill('SIGTERM')
  child.kill('SIGTERM')
  expect(await (await waiting).json()).toEqual([])
  expect(await (await fetching).json()).toEqual([])
  await stream.text()
  expect(await exit).toBe(0)
  expect(performance.now() - began).toBeLessThan(5_000)
  expect(output()).not.toContain('a-secret')
  expect(output()).not.toContain(AUTHORIZATION.slice(6))
})

test('the process prints every problem of its environment and exits with 1', async () => {
  const { exit, output } = start({ UPSTASH_KAFKA_REST_PASSWORD: '', PROXY_PORT: 'many', PROXY_TOPICS: 'red' })
  expect(await exit).toBe(1)
  const { message, ...line } = JSON.parse(output())
  expect(line).toMatchObject({ service: 'proxy', level: 'error' })
  expect(message).toMatch(/UPSTASH_KAFKA_REST_PASSWORD is missing[^]*PROXY_TOPICS contains "red"/)
  expect(message).toContain('PROXY_PORT must be a port')
  expect(message).not.toMatch(/^\s+at /m)
})

test('the process exits with one sentence when a topic has another number of partitions', async () => {
  const DATA_DIR = folderForTest()
  const first = await started({ DATA_DIR, PROXY_TOPICS: 'red:1' })
  await first.line('is ready')
  first.child.kill('SIGTERM')
  await first.exit
  const second = start({ DATA_DIR, PROXY_TOPICS: 'red:2' })
  expect(await second.exit).toBe(1)
  expect(second.output()).toContain('red exists with 1 partitions, not 2')
})

test('without Kafka the process is healthy but not ready, returns 503 within five seconds, and exits on SIGTERM', async () => {
  const closed = createServer().listen(0)
  await once(closed, 'listening')
  const { port } = closed.address() as AddressInfo
  closed.close()
  const { url, get, child, exit } = await started({ KAFKA_BROKERS: `127.0.0.1:${port}` })
  expect((await fetch(`${url}/healthz`)).status).toBe(200)
  expect((await fetch(`${url}/readyz`)).status).toBe(503)
  for (const path of ['/produce/red/a', '/consume/g/i/red', '/topics']) {
    const began = performance.now()
    const answer = await get(path)
    expect([path, answer.status, answer.headers.get('Retry-After')]).toEqual([path, 503, '1'])
    expect(await answer.json()).toMatchObject({ status: 503, error: expect.any(String) })
    expect(performance.now() - began).toBeLessThan(5_000)
  }
  child.kill('SIGTERM')
  expect(await exit).toBe(0)
})

test('the process exits with one sentence when a broker name does not resolve', async () => {
  const { exit, output } = start({ KAFKA_BROKERS: 'kafka.invalid:9092' })
  expect(await exit).toBe(1)
  expect(output()).toMatch(/the address of kafka\.invalid:9092 cannot be resolved: check KAFKA_BROKERS/)
  expect(output()).not.toMatch(/^\s+at /m)
})

test('the process exits with one sentence when its port is taken', async () => {
  const server = createServer().listen(0)
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const { port } = server.address() as AddressInfo
  const { exit, output } = start({ DATA_DIR: folderForTest(), PROXY_PORT: String(port) })
  expect(await exit).toBe(1)
  expect(output()).toContain(`Port ${port} is taken`)
})
