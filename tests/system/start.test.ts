import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { chmod, mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { freePorts } from '../../scripts/stack/ports.ts'

/** `npm start` as a process: its output, its errors and its end. */

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reservoir-'))
})

afterAll(() => rm(folder, { recursive: true }))

interface Started {
  child: ChildProcess
  out: () => string
  err: () => string
  exit: Promise<number | null>
}

const children: ChildProcess[] = []

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})

function start(env: Record<string, string>): Started {
  const ports = { EDGE_PORT: '0', PROXY_PORT: '0', PROCESSOR_PORT: '0', DATA_DIR: folder }
  const program = join(import.meta.dirname, '../../scripts/start.ts')
  const command = ['-c', 'umask 022; exec "$@"', 'sh', process.execPath, program]
  const child = spawn('sh', command, { env: { ...process.env, ...ports, ...env } })
  children.push(child)
  const text = { out: '', err: '' }
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text.out += chunk))
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (text.err += chunk))
  const exit = once(child, 'close').then(([code]) => code as number | null)
  return { child, out: () => text.out, err: () => text.err, exit }
}

const isReady = ({ out, err }: Started) => expect.poll(() => out() + err(), { timeout: 15_000 }).toContain('Ctrl-C')

test.runIf(existsSync('/proc/self'))('a data folder that cannot be created is refused with a sentence', async () => {
  const started = start({ DATA_DIR: '/proc/reservoir' })
  expect(await started.exit).toBe(1)
  expect(started.err()).toMatch(
    /^\/proc\/reservoir cannot be created: set DATA_DIR to a writable folder \(ENOENT.*\)\n$/,
  )
})

test('only the owner can read the data, also those that an older version left readable', async () => {
  const data = join(folder, 'of-the-owner')
  const modes = async (): Promise<Record<string, string>> => {
    const names = await readdir(data)
    const found = names.map(async (name) => [name, ((await stat(join(data, name))).mode & 0o777).toString(8)] as const)
    return Object.fromEntries(await Promise.all(found))
  }
  const privately = { 'log.db': '600', 'log.db-wal': '600', 'store.db': '600', 'store.db-wal': '600' }
  const first = start({ DATA_DIR: data })
  await isReady(first)
  expect((await stat(data)).mode & 0o777).toBe(0o700)
  expect(await modes()).toEqual(privately)
  first.child.kill('SIGKILL')
  await first.exit

  for (const name of await readdir(data)) await chmod(join(data, name), 0o644)
  const second = start({ DATA_DIR: data })
  await isReady(second)
  expect(await modes()).toEqual(privately)
})

test('npm start prints addresses, three tokens and curls that work when pasted', async () => {
  const started = start({})
  await isReady(started)
  // A pipe gets no colors.
  expect(started.out()).not.toContain('\u001B')
  const script = `set -e\n${started.out().slice(started.out().indexOf('TRAVELER_TOKEN='))}`.split('\n')
  const lines = script.filter((line) => /^(set|\w+_TOKEN=|BOOKING_ID=| {2}|curl)/.test(line))
  const shell = spawn('bash', ['-c', lines.join('\n')])
  let answers = ''
  shell.stdout.on('data', (chunk: Buffer) => (answers += chunk.toString()))
  const [code] = await once(shell, 'close')
  expect(code).toBe(0)
  expect(answers).toContain('"status":"confirmed"')
})

test.each(['SIGINT', 'SIGTERM'] as const)(
  'npm start finishes pending work at %s and exits with code 0',
  async (signal) => {
    const started = start({})
    await isReady(started)
    started.child.kill(signal)
    expect(await started.exit).toBe(0)
    expect(started.err()).toBe('')
  },
)

test('npm start reports a data folder in use with a remedy', async () => {
  const first = start({})
  await isReady(first)
  const second = start({})
  expect(await second.exit).toBe(1)
  const holder = `node (process ${first.child.pid})`
  expect(second.err()).toContain(`log.db is in use by ${holder}: stop it, or set DATA_DIR to another folder`)
  expect(second.err()).not.toContain('    at ')
})

test('a second npm start names all that the running one uses', async () => {
  const [edge, proxy, processor] = (await freePorts([0, 0, 0])).map(String)
  const ports = { EDGE_PORT: edge!, PROXY_PORT: proxy!, PROCESSOR_PORT: processor! }
  const first = start(ports)
  await isReady(first)
  const holder = `node (process ${first.child.pid})`
  const inUse = [
    ...Object.entries(ports).map(
      ([name, port]) => `Port ${port} is taken by ${holder}: stop it, or set ${name} to another port.`,
    ),
    `${join(folder, 'log.db')} is in use by ${holder}: stop it, or set DATA_DIR to another folder`,
  ]
  const second = start(ports)
  expect(await second.exit).toBe(1)
  const hint = `If that is npm start or npm run dev: end it, or use the running system at http://localhost:${edge}.`
  expect(second.err()).toBe([...inUse, hint, ''].join('\n'))
})

test('npm start names the settings that it does not use, with the reason', async () => {
  const started = start({ PROFILE: 'production', KAFKA_BROKERS: 'localhost:9092' })
  await isReady(started)
  expect(started.err()).toMatch(/^npm start does not use PROFILE: [^]*npm start does not use KAFKA_BROKERS: /)
})

test.each(['EDGE_PORT', 'PROXY_PORT', 'PROCESSOR_PORT'])(
  'npm start reports a taken %s in one line',
  async (variable) => {
    const holder: Server = createServer().listen(0, '127.0.0.1')
    await once(holder, 'listening')
    const { port } = holder.address() as AddressInfo
    const started = start({ [variable]: String(port) })
    expect(await started.exit).toBe(1)
    holder.close()
    expect(started.err()).toContain(`Port ${port} is taken`)
    expect(started.err()).toContain(variable)
    expect(started.err().trim().split('\n')).toHaveLength(1)
  },
)

test('npm start reports every invalid setting at once', async () => {
  const started = start({ EDGE_PORT: 'x', PROCESSOR_ROLES: 'some' })
  expect(await started.exit).toBe(1)
  expect(started.err()).toMatch(/EDGE_PORT[^]*PROCESSOR_ROLES/)
  expect(started.err()).not.toContain('    at ')
})
