import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, utimes } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'

/** What `npm run dev` starts, as a process: the edge under wrangler, the rest beside it, anew when a file has changed. */

const SCRIPTS = join(import.meta.dirname, '../scripts')

let folder: string
let ports: number[]
let dev: ChildProcess
let exit: Promise<unknown[]>
let output = ''

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reservoir-'))
  ports = await Promise.all([freePort(), freePort(), freePort()])
  const [EDGE_PORT, PROXY_PORT, PROCESSOR_PORT] = ports.map(String)
  const env = { ...process.env, EDGE_PORT, PROXY_PORT, PROCESSOR_PORT, DATA_DIR: folder }
  dev = spawn(process.execPath, [join(SCRIPTS, 'dev.ts')], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  exit = once(dev, 'exit')
  for (const stream of [dev.stdout!, dev.stderr!]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => (output += chunk))
  }
})

afterAll(async () => {
  // Told, not killed: it ends those whom it has started.
  dev.kill('SIGTERM')
  await exit
  await rm(folder, { recursive: true })
})

test('it is ready, comes again when a file changes, and ends as a whole', { timeout: 40_000 }, async () => {
  await expect.poll(isReady, { timeout: 15_000 }).toBe(true)

  const now = new Date()
  await utimes(join(SCRIPTS, 'dev-system.ts'), now, now)
  const starts = () => output.split('[system] ready').length - 1
  await expect.poll(starts, { timeout: 15_000 }).toBeGreaterThan(1)
  await expect.poll(isReady, { timeout: 5_000 }).toBe(true)

  dev.kill('SIGINT')
  expect(await exit).toEqual([0, null])
  for (const port of ports) await expect(answerOf(port, '/healthz')).rejects.toThrow('fetch failed')
})

const answerOf = (port: number, path: string): Promise<Response> => fetch(`http://127.0.0.1:${port}${path}`)

const isReady = (): Promise<boolean> =>
  answerOf(ports[0]!, '/readyz').then(
    ({ ok }) => ok,
    () => false,
  )

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  return port
}
