import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { networkInterfaces, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { portIn } from '../../scripts/dev/runtimes.ts'

/** `npm run proxy`, `processor` and `edge`: one process each, with settings from the environment. */

// Each command starts further processes.
vi.setConfig({ testTimeout: 60_000 })

const SCRIPTS = join(import.meta.dirname, '../../scripts')

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reservoir-'))
})

afterAll(() => rm(folder, { recursive: true }))

const children: ChildProcess[] = []

afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue
    child.kill('SIGTERM')
    await once(child, 'exit')
  }
})

function start(script: string, args: string[], env: Record<string, string> = {}) {
  const ports = { EDGE_PORT: '0', PROXY_PORT: '0', PROCESSOR_PORT: '0', DATA_DIR: folder }
  const child = spawn(process.execPath, [join(SCRIPTS, script), ...args], { env: { ...process.env, ...ports, ...env } })
  children.push(child)
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => (output += chunk))
  }
  return { child, exit: once(child, 'close').then(([code]) => code as number | null), output: () => output }
}

type Started = ReturnType<typeof start>

async function urlOf({ output }: Started): Promise<string> {
  const port = () => portIn(output())
  await expect.poll(() => port() ?? output(), { timeout: 30_000 }).toBeTypeOf('number')
  return `http://127.0.0.1:${port()}`
}

const isReady = (url: string) =>
  expect.poll(async () => (await fetch(`${url}/readyz`)).status, { timeout: 30_000 }).toBe(200)

test.each(['proxy', 'processor'])('npm run %s runs without settings and exits with code 0', async (part) => {
  const started = start(`${part}.ts`, [])
  await isReady(await urlOf(started))
  started.child.kill('SIGINT')
  expect(await started.exit).toBe(0)
})

test('npm run edge runs without settings and reports a missing proxy and processor', async () => {
  const started = start('edge.ts', [], { PROXY_PORT: '9', PROCESSOR_PORT: '13' })
  const url = await urlOf(started)
  expect((await fetch(`${url}/healthz`)).status).toBe(200)
  expect(started.output()).toContain('No proxy answers at http://127.0.0.1:9 yet: start one (npm run proxy')
  expect(started.output()).toContain('No query API answers at http://127.0.0.1:13 yet: start one (npm run processor')
})

const OTHER_ADDRESSES = Object.values(networkInterfaces()).flatMap((all) =>
  (all ?? []).filter(({ internal, family }) => !internal && family === 'IPv4').map(({ address }) => address),
)

const isReached = (host: string, port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, host, () => resolve(socket.destroy() !== undefined))
    socket.once('error', () => resolve(false))
  })

test.each(['proxy.ts', 'processor.ts', 'edge.ts', 'edge.ts --runtime deno', 'edge.ts --runtime workerd'])(
  '%s is reached from this computer alone, unless LISTEN_HOST opens it',
  async (command) => {
    const [script, ...args] = command.split(' ') as [string, ...string[]]
    const reached = async (env: Record<string, string>): Promise<boolean[]> => {
      const started = start(script, args, env)
      const port = Number(new URL(await urlOf(started)).port)
      expect(await isReached('127.0.0.1', port)).toBe(true)
      const others = await Promise.all(OTHER_ADDRESSES.map((host) => isReached(host, port)))
      started.child.kill('SIGTERM')
      await started.exit
      return others
    }
    expect(await reached({})).toEqual(OTHER_ADDRESSES.map(() => false))
    expect(await reached({ LISTEN_HOST: '0.0.0.0' })).toEqual(OTHER_ADDRESSES.map(() => true))
  },
)

test('the production profile has no default credentials and addresses', async () => {
  const [proxy, processor, edge] = [
    start('proxy.ts', [], { PROFILE: 'production' }),
    start('processor.ts', [], { PROFILE: 'production' }),
    start('edge.ts', ['--runtime', 'workerd'], { PROFILE: 'production' }),
  ]
  for (const { exit } of [proxy, processor, edge]) expect(await exit).toBe(1)
  expect(proxy.output()).toMatch(/The proxy cannot start[^]*UPSTASH_KAFKA_REST_PASSWORD is missing/)
  expect(processor.output()).toMatch(/The processor cannot start[^]*JWT_JWKS or JWT_JWKS_URL is missing/)
  expect(edge.output()).toMatch(/The edge cannot start[^]*QUERY_URL is missing/)
})

test('an invalid setting, a taken port and an unknown runtime are reported without a stack trace', async () => {
  const url = await urlOf(start('processor.ts', []))
  const { port } = new URL(url)
  const refused: [Started, number, string][] = [
    [start('edge.ts', [], { EDGE_PORT: 'abc' }), 1, 'EDGE_PORT must be a port from 0 (any free port) to 65535'],
    [start('edge.ts', ['--port', port]), 1, `Port ${port} is taken by node (process `],
    [start('edge.ts', ['--port', port]), 1, ': stop it, or set EDGE_PORT or --port to another port.'],
    [start('edge.ts', ['--runtime', 'bun']), 2, '--runtime must be node, deno or workerd, not bun.'],
  ]
  for (const [{ exit, output }, code, sentence] of refused) {
    expect(await exit).toBe(code)
    expect(output()).toContain(sentence)
    expect(output()).not.toMatch(/ {4}at |NaN/)
  }
})

test('a second process on the same data folder names the first one', async () => {
  await urlOf(start('processor.ts', []))
  for (const part of ['proxy.ts', 'processor.ts']) {
    const second = start(part, [])
    expect(await second.exit).toBe(1)
    expect(second.output()).toMatch(/log\.db is in use by node \(process \d+\): stop it, or set DATA_DIR to another/)
  }
})

test('npm run processor leaves no process behind when it is killed', async () => {
  const started = start('processor.ts', [])
  const url = await urlOf(started)
  started.child.kill('SIGKILL')
  const answers = () =>
    fetch(`${url}/healthz`).then(
      () => true,
      () => false,
    )
  await expect.poll(answers, { timeout: 30_000 }).toBe(false)
})
