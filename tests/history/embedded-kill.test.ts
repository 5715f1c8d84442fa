import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { devKeys } from '../../scripts/dev/keys.ts'
import { freePorts } from '../../scripts/stack/ports.ts'
import { check } from './check.ts'
import { broughtToRest, onFiles } from './embedded.ts'
import { makePart, type Part } from './server-process.ts'
import { sampleCommitted } from './read-world.ts'
import { startTraffic } from './traffic.ts'
import type { Call, Sample } from './world.ts'

const ROOT = join(import.meta.dirname, '../..')
const ROUNDS = 3

let folder: string
let system: Part

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reservoir-history-'))
  const [edge, proxy, processor] = await freePorts([0, 0, 0])
  const ports = { EDGE_PORT: String(edge), PROXY_PORT: String(proxy), PROCESSOR_PORT: String(processor) }
  const env = { ...ports, DATA_DIR: folder, RATE_LIMIT_PER_MINUTE: '0' }
  system = makePart('the system', edge!, { file: process.execPath, args: ['scripts/start.ts'], cwd: ROOT, env })
})

afterEach(async () => {
  await system.end('SIGKILL')
  await rm(folder, { recursive: true })
})

test(
  'whatever its clients were told is true after the embedded system was killed in the middle of it',
  { timeout: 120_000 },
  async () => {
    const keys = await devKeys(ROOT)
    const history: Call[] = []
    const committed: Sample[] = []
    system.start()
    await system.until(200)
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
    const left = await broughtToRest(folder)
    expect(check({ ...left, history, committed: [...committed, ...left.committed] })).toEqual([])
    expect(history.some(({ answer }) => answer === null)).toBe(true)
  },
)
