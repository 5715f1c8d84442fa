import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { kafkaServes, mongoServes, zookeeperServes } from '../../scripts/stack/ready.ts'
import { processesWith } from './processes.ts'
import { describeReal } from './describe-real.ts'

vi.setConfig({ testTimeout: 240_000 })

const ROOT = join(import.meta.dirname, '../..')
const READY_LIMIT_MS = 150_000

interface Ready {
  zookeeper: string
  KAFKA_BROKERS: string
  MONGODB_URI: string
}

let folder: string
let stack: ChildProcess
let printed: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reservoir-command-'))
})

afterEach(async () => {
  stack.kill('SIGKILL')
  await expect.poll(() => processesWith(folder), { timeout: 30_000 }).toEqual([])
  await rm(folder, { recursive: true })
})

function start(args: readonly string[] = ['--without-docker'], env: Record<string, string> = {}): void {
  printed = ''
  const script = join(ROOT, 'scripts/stack.ts')
  stack = spawn(process.execPath, [script, '--data', join(folder, 'data'), ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  for (const stream of [stack.stdout!, stack.stderr!]) stream.on('data', (text: Buffer) => (printed += text.toString()))
}

const readyLine = async (): Promise<Ready> => {
  await expect.poll(() => /"ready"|exit/.test(printed + (stack.exitCode ?? '')), { timeout: READY_LIMIT_MS }).toBe(true)
  return JSON.parse(printed.split('\n').find((line) => line.startsWith('{"ready"'))!).ready
}

const port = (address: string): number => Number(/:(\d+)/.exec(address.replace('mongodb://', ''))![1])

const allServe = async ({ zookeeper, KAFKA_BROKERS: kafka, MONGODB_URI: mongodb }: Ready): Promise<boolean[]> =>
  Promise.all([zookeeperServes(port(zookeeper)), kafkaServes(port(kafka)), mongoServes(port(mongodb))])

describeReal('npm run stack', () => {
  it('prints its addresses, rejects a second start, leaves no process after kill -9, reuses its ports, and ends at Ctrl-C', async () => {
    start()
    const addresses = await readyLine()
    expect(await allServe(addresses)).toEqual([true, true, true])
    const first = stack
    start()
    await once(stack, 'close')
    expect([stack.exitCode, printed]).toEqual([1, expect.stringContaining('Another stack runs on')])

    first.kill('SIGKILL')
    await expect.poll(() => processesWith(join(folder, 'data')), { timeout: 10_000 }).toEqual([])

    start()
    expect(await readyLine()).toEqual(addresses)
    expect(await allServe(addresses)).toEqual([true, true, true])
    stack.kill('SIGINT')
    await once(stack, 'close')
    expect(stack.exitCode).toBe(0)
    await expect.poll(() => processesWith(join(folder, 'data')), { timeout: 10_000 }).toEqual([])
  })

  it('leaves no server behind when it is killed during the start', async () => {
    start()
    await expect.poll(() => processesWith(join(folder, 'data/zookeeper')), { timeout: 30_000 }).not.toEqual([])
    stack.kill('SIGKILL')
    await expect.poll(() => processesWith(join(folder, 'data')), { timeout: 10_000 }).toEqual([])
  })

  it('ends with the output of a server that ends by itself', async () => {
    start()
    await readyLine()
    const [server] = await processesWith(`bin/python3 -c`).then((all) => all.filter((line) => line.includes(folder)))
    process.kill(Number.parseInt(server!, 10), 'SIGKILL')
    await once(stack, 'close')
    expect([stack.exitCode, printed]).toEqual([1, expect.stringContaining('MongoDB (Mongo-wire) has ended by itself')])
  })
})

/** A Docker command for `npm run stack`: `up` starts real servers and stops them at SIGTERM. */
const DOCKER = `#!${process.execPath}
import { appendFileSync } from 'node:fs'
import { startStack } from ${JSON.stringify(join(ROOT, 'scripts/stack/stack.ts'))}
const note = (text) => appendFileSync(process.env.CALLS, text + '\\n')
const args = process.argv.slice(2)
note(args.filter((arg) => !arg.includes('/')).join(' '))
if (args.includes('up')) {
  const { ZOOKEEPER_PORT, KAFKA_PORT, MONGODB_PORT, CALLS } = process.env
  const ports = { zookeeper: Number(ZOOKEEPER_PORT), kafka: Number(KAFKA_PORT), mongodb: Number(MONGODB_PORT) }
  const stopped = Promise.withResolvers()
  process.on('SIGTERM', stopped.resolve)
  const stack = await startStack({ dataDir: CALLS + '-containers', ports })
  await stopped.promise
  await stack.close('SIGKILL')
  note('stopped')
}
`

describeReal('npm run stack with Docker', () => {
  let calls: string

  const called = async (): Promise<string[]> => (await readFile(calls, 'utf8')).trim().split('\n')

  const startWithDocker = async (): Promise<void> => {
    calls = join(folder, 'calls')
    await writeFile(join(folder, 'package.json'), '{"type":"module"}')
    await writeFile(join(folder, 'docker'), DOCKER)
    await chmod(join(folder, 'docker'), 0o755)
    start([], { PATH: folder + delimiter + process.env['PATH'], CALLS: calls })
  }

  it('starts the three servers with Compose and stops the containers at Ctrl-C', async () => {
    await startWithDocker()
    expect(await allServe(await readyLine())).toEqual([true, true, true])
    stack.kill('SIGINT')
    await once(stack, 'close')
    expect((await called()).toSorted()).toEqual(
      [
        'info',
        'compose version',
        'compose --file ps --status running --services',
        'compose --file pull zookeeper kafka mongodb',
        'compose --file up --no-build zookeeper kafka mongodb',
        'stopped',
        'compose --file stop zookeeper kafka mongodb',
      ].toSorted(),
    )
  })

  it('stops the containers with Compose when it is killed', async () => {
    await startWithDocker()
    await readyLine()
    stack.kill('SIGKILL')
    await expect.poll(called, { timeout: 30_000 }).toContain('stopped')
  })
})
