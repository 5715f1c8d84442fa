import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest'
import { takeLock } from './lock.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'reservoir-given-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

/** The outcome of `npm run stack` when it refuses to start; its output is piped. */
function refused(...args: string[]) {
  const script = join(import.meta.dirname, '../stack.ts')
  const options = ['--data', folder, '--without-docker', ...args]
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...options], { encoding: 'utf8' })
  return { status, stdout, stderr }
}

test('equal ports are refused', () => {
  expect(refused('--kafka-port', '19092', '--mongodb-port', '19092')).toEqual({
    status: 2,
    stdout: '',
    stderr: '--kafka-port and --mongodb-port are both 19092; choose different ports.\n',
  })
})

test('a taken port is refused, and the sentence names its option', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const { port } = server.address() as AddressInfo
  const { status, stdout, stderr } = refused('--kafka-port', String(port))
  expect([status, stdout]).toEqual([1, ''])
  expect(stderr).toMatch(new RegExp(`^Port ${port} is taken by .*: stop it, or set --kafka-port to another port\\.\n$`))
})

test('a second stack on the same folder is refused before it prints that it starts', () => {
  const release = takeLock(join(folder, 'running'))!
  onTestFinished(release)
  expect(refused()).toEqual({
    status: 1,
    stdout: '',
    stderr: `Another stack runs on ${folder}: end it, or set --data to another folder.\n`,
  })
})
