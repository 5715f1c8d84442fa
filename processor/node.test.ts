import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { COMMAND_KEYS_TEXT } from '#platform/testing/command-keys.ts'

/** The processor as a process, on the embedded drivers. */

// Several processes one after the other, perhaps on a busy computer.
vi.setConfig({ testTimeout: 60_000 })

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reservoir-node-'))
})

afterAll(() => rm(folder, { recursive: true }))

const children: ChildProcess[] = []

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})

const keys = JSON.stringify({ keys: [{ kty: 'OKP', crv: 'Ed25519', x: 'AAAA', kid: 'k' }] })
const usual = {
  PROFILE: 'dev',
  PROCESSOR_PORT: '0',
  JWT_ISSUER: 'issuer',
  JWT_AUDIENCE: 'audience',
  JWT_JWKS: keys,
  COMMAND_KEYS: COMMAND_KEYS_TEXT,
}

function start(env: Record<string, string> = {}) {
  const program = join(import.meta.dirname, 'node.ts')
  const child = spawn(process.execPath, [program], { env: { ...process.env, ...usual, DATA_DIR: folder, ...env } })
  children.push(child)
  const text = { out: '', err: '' }
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text.out += chunk))
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (text.err += chunk))
  const exit = once(child, 'close').then(([code]) => code as number | null)
  return { child, exit, out: () => text.out, err: () => text.err }
}

type Started = ReturnType<typeof start>

async function portOf({ out, err }: Started): Promise<number> {
  const said = () => /listens on (\d+)/.exec(out())?.[1]
  await expect.poll(() => said() ?? err(), { timeout: 30_000 }).toMatch(/^\d+$/)
  return Number(said())
}

test('the process prints its port and its drivers, becomes ready, and ends with code 0 after SIGTERM', async () => {
  const started = start()
  const port = await portOf(started)
  const ready = await fetch(`http://127.0.0.1:${port}/readyz`)
  expect([ready.status, ready.headers.get('keep-alive')]).toEqual([200, 'timeout=75'])
  const check = connect(port, '127.0.0.1').setEncoding('utf8')
  check.end('GET /readyz HTTP/1.0\r\n\r\n')
  expect(String(await once(check, 'data'))).toMatch(/^HTTP\/1\.1 200 /)
  expect(started.out()).toContain(`log and store are embedded, under ${folder}`)
  for (const line of started.out().trim().split('\n')) {
    expect(JSON.parse(line)).toMatchObject({ level: 'info', service: 'processor' })
  }
  started.child.kill('SIGTERM')
  expect(await started.exit).toBe(0)
  expect(started.err()).toBe('')
  await expect(fetch(`http://127.0.0.1:${port}/healthz`)).rejects.toThrow('fetch failed')
})

/** The message of the only line on standard error when it does not start: whole sentences, no stack. */
async function refusal(env: Record<string, string>): Promise<string> {
  const refused = start(env)
  expect(await refused.exit).toBe(1)
  const { timestamp: _timestamp, message, ...line } = JSON.parse(refused.err())
  expect(line).toEqual({ service: 'processor', level: 'error' })
  expect(message).not.toContain('    at ')
  return message
}

test('a data folder in use or a port in use ends the process with a sentence and a remedy', async () => {
  await portOf(start())
  expect(await refusal({})).toMatch(/is in use by another process: stop it, or set DATA_DIR to another folder/)

  const other = createServer().listen(0)
  await once(other, 'listening')
  const { port } = other.address() as AddressInfo
  const said = await refusal({ PROCESSOR_PORT: String(port) })
  expect(said).toContain(`Port ${port} is taken by another process: stop it, or set PROCESSOR_PORT to another port.`)
  other.close()
})

test('the process rejects an invalid environment with all problems', async () => {
  const said = await refusal({ PROCESSOR_PORT: 'abc', KAFKA_BROKERS: 'a:9092', JWT_AUDIENCE: '' })
  expect(said).toBe(
    [
      'The processor cannot start with this environment:',
      '  PROCESSOR_PORT must be a port from 0 (any free port) to 65535, not abc',
      '  JWT_AUDIENCE is missing: the audience of the tokens (aud)',
      '  MONGODB_URI is missing, though KAFKA_BROKERS is set: set both, or neither for the embedded log and store',
    ].join('\n'),
  )
})
