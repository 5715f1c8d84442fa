import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, utimes } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freePorts } from '../../scripts/stack/ports.ts'

/** `npm run dev` as a process: the edge under wrangler and the other parts, which restart when a file changes. */

const SCRIPTS = join(import.meta.dirname, '../../scripts')

let folder: string
let ports: number[]

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reservoir-'))
  ports = await freePorts([0, 0, 0])
})

interface Dev {
  child: ChildProcess
  exit: Promise<unknown[]>
  output: () => string
}

const running: Dev[] = []

function start(): Dev {
  const [EDGE_PORT, PROXY_PORT, PROCESSOR_PORT] = ports.map(String)
  const env = { ...process.env, EDGE_PORT, PROXY_PORT, PROCESSOR_PORT, DATA_DIR: folder }
  const child = spawn(process.execPath, [join(SCRIPTS, 'dev.ts')], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => (output += chunk))
  }
  const dev = { child, exit: once(child, 'close'), output: () => output }
  running.push(dev)
  return dev
}

afterAll(async () => {
  for (const { child, exit } of running) {
    // SIGTERM lets it end the processes that it has started.
    child.kill('SIGTERM')
    await exit
  }
  await rm(folder, { recursive: true })
})

test('npm run dev becomes ready, restarts when a file changes, and ends as a whole', { timeout: 120_000 }, async () => {
  const dev = start()
  await expect.poll(isReady, { timeout: 40_000 }).toBe(true)
  expect(dev.output()).toContain('Ready on http')
  expect(dev.output()).not.toMatch(/COMMAND_KEYS|JWT_JWKS|UPSTASH_KAFKA_REST_PASSWORD|Environment Variable/)

  const now = new Date()
  await utimes(join(SCRIPTS, 'dev/system.ts'), now, now)
  const starts = () => dev.output().split('[system] ready').length - 1
  await expect.poll(starts, { timeout: 40_000 }).toBeGreaterThan(1)
  await expect.poll(isReady, { timeout: 20_000 }).toBe(true)

  const second = start()
  expect(await second.exit).toEqual([1, null])
  const takenPorts = ports.map((port) => `Port ${port} is taken by `)
  for (const sentence of [...takenPorts, 'log.db is in use by node (process ', 'If that is npm start']) {
    expect(second.output()).toContain(sentence)
  }
  expect(second.output()).not.toMatch(/wrangler|--port|The edge comes up/)

  dev.child.kill('SIGINT')
  expect(await dev.exit).toEqual([0, null])
  expect(await answering()).toEqual([])
})

test('npm run dev leaves no process behind when it is killed', { timeout: 120_000 }, async () => {
  const dev = start()
  await expect.poll(isReady, { timeout: 40_000 }).toBe(true)
  dev.child.kill('SIGKILL')
  await dev.exit
  await expect.poll(answering, { timeout: 40_000 }).toEqual([])
})

/** The ports that answer. */
async function answering(): Promise<number[]> {
  const probes = ports.map((port) =>
    answerOf(port, '/healthz').then(
      () => [port],
      () => [],
    ),
  )
  return (await Promise.all(probes)).flat()
}

const answerOf = (port: number, path: string): Promise<Response> => fetch(`http://127.0.0.1:${port}${path}`)

const isReady = (): Promise<boolean> =>
  answerOf(ports[0]!, '/readyz').then(
    ({ ok }) => ok,
    () => false,
  )
