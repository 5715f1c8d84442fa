import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { TOPICS } from '#domain/topics.ts'
import { printTrouble } from '#platform/log-line.ts'
import { devKeys } from '../../scripts/dev/keys.ts'
import { readLocalConfig } from '../../scripts/system/config.ts'
import { startSystem } from '../../scripts/system/system.ts'
import { drained, onFiles } from './embedded.ts'
import { sampleCommitted } from './read-world.ts'
import { startTraffic } from './traffic.ts'
import type { Call, Sample, World } from './world.ts'

const STARTS = 2
const BOOKINGS_PER_START = 60
const UNREADABLE = ['not JSON', '{"of":"no known shape"}']

/** The result of a correct run: two busy starts of the embedded system, with some unreadable commands. */
export async function goodWorld(): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), 'reservoir-history-'))
  const history: Call[] = []
  const committed: Sample[] = []
  try {
    for (let n = 0; n < STARTS; n++) {
      await runTraffic(folder, history)
      await onFiles(folder, async (log) => {
        committed.push(...(await sampleCommitted(log)))
        await log.send(UNREADABLE.map((value) => ({ topic: TOPICS.requests, value })))
      })
    }
    const result = await drained(folder)
    return { ...result, history, committed: [...committed, ...result.committed] }
  } finally {
    await rm(folder, { recursive: true })
  }
}

async function runTraffic(folder: string, history: Call[]): Promise<void> {
  const keys = await devKeys(folder, {})
  const ports = { EDGE_PORT: '0', PROXY_PORT: '0', PROCESSOR_PORT: '0' }
  const config = readLocalConfig({ ...ports, DATA_DIR: folder, RATE_LIMIT_PER_MINUTE: '0' })
  const system = await startSystem(config, keys, printTrouble)
  const origin = () => `http://127.0.0.1:${system.ports.edge}`
  const traffic = await startTraffic({ origin, keys, history, clients: 6, retryLimitMs: 10_000 })
  await traffic.more(BOOKINGS_PER_START)
  await traffic.stop()
  await system.close()
}
