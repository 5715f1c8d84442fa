import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { devKeys } from '../../scripts/dev/keys.ts'
import { freePorts } from '../../scripts/stack/ports.ts'
import { check } from './check.ts'
import { drained, onFiles } from './embedded.ts'
import { makeServerProcess, type ServerProcess } from './server-process.ts'
import { sampleCommitted } from './read-world.ts'
import { startTraffic } from './traffic.ts'
import type { Call, Sample } from './world.ts'

const ROOT = join(import.meta.dirname, '../..')
const ROUNDS = 3

let folder: string
let system: ServerProcess

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reservoir-history-'))
  const [edge, proxy, processor] = await freePorts([0, 0, 0])
  const ports = { EDGE_PORT: String(edge), PROXY_PORT: String(proxy), PROCESSOR_PORT: String(processor) }
  const env = { ...ports, DATA_DIR: folder, RATE_LIMIT_PER_MINUTE: '0' }
  system = makeServerProcess('the system', edge!, {
    file: process.execPath,
    args: ['scripts/start.ts'],
    cwd: ROOT,
    env,
  })
})

afterEach(async () => {
  await system.end('SIGKILL')
  await rm(folder, { recursive: true })
})

test(
  'all invariants hold after the embedded system is killed repeatedly under load',
  { timeout: 120_000 },
  async () => {
    const keys = await devKeys(ROOT)
    const history: Call[] = []
    const committed: Sample[] = []
    system.start()
    await system.untilReadiness(200)
    const traffic = await startTraffic({ origin: () => system.origin, keys, history, clients: 6 })
    for (let round = 0; round < ROUNDS; round++) {
      await traffic.more(20)
      await system.end('SIGKILL')
      committed.push(...(await onFiles(folder, (log) => sampleCommitted(log))))
      system.start()
    }
    await traffic.more(20)
    await traffic.stop()
    await system.end()
    const result = await drained(folder)
    expect(check({ ...result, history, committed: [...committed, ...result.committed] })).toEqual([])
    expect(history.some(({ answer }) => answer === null)).toBe(true)
  },
)
