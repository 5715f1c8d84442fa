import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { holderOf, holderOfFile } from './holder.mjs'

const LISTEN = `const server = require('net').createServer().listen(0, '127.0.0.1', () => console.log(server.address().port))`

test('a taken port returns the process that listens on it', async () => {
  const child = spawn(process.execPath, ['-e', LISTEN], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  const holder = await holderOf(Number(line.toString()))
  child.kill()
  await once(child, 'exit')
  expect(holder).toBe(`node (process ${child.pid})`)
})

test('a free port returns no process', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  expect(await holderOf(port)).toBe('another process')
})

test('an open file returns the process that has it open', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'reservoir-holder-'))
  const file = join(folder, 'log.db')
  writeFileSync(file, '')
  const open = `require('fs').openSync(${JSON.stringify(file)}); console.log('open'); setInterval(() => {}, 1000)`
  const child = spawn(process.execPath, ['-e', open], { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(child.stdout, 'data')
  const holder = await holderOfFile(file)
  child.kill()
  await once(child, 'exit')
  expect(holder).toBe(`node (process ${child.pid})`)
  expect(await holderOfFile(file)).toBe('another process')
  rmSync(folder, { recursive: true })
})
