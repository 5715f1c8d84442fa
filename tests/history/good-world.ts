import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { TOPICS } from '#domain/topics.ts'
import { printTrouble } from '#platform/log-line.ts'
import { devKeys } from '../../scripts/dev/keys.ts'
import { readLocalConfig } from '../../scripts/system/config.ts'
import { startSystem } from '../../scripts/system/system.ts'
import { broughtToRest, onFiles } from './embedded.ts'
import { sampleCommitted } from './read-world.ts'
import { startTraffic } from './traffic.ts'
import type { Call, Sample, World } from './world.ts'

const STARTS = 2
const BOOKINGS_A_START = 60
const NONSENSE = ['not JSON', '{"of":"no known shape"}']

/** What the embedded system leaves after two busy starts, with nonsense among its commands and nothing wrong. */
export async function goodWorld(): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), 'reservoir-history-'))
  const history: Call[] = []
  const committed: Sample[] = []
  try {
    for (let n = 0; n < STARTS; n++) {
      await bookForAWhile(folder, history)
      await onFiles(folder, async (log) => {
        committed.push(...(await sampleCommitted(log)))
        await log.send(NONSENSE.map((value) => ({ topic: TOPICS.requests, value })))
      })
    }
    const left = await broughtToRest(folder)
    return { ...left, history, committed: [...committed, ...left.committed] }
  } finally {
    await rm(folder, { recursive: true })
  }
}

async function bookForAWhile(folder: string, history: Call[]): Promise<void> {
  const keys = await devKeys(folder, {})
  const ports = { EDGE_PORT: '0', PROXY_PORT: '0', PROCESSOR_PORT: '0' }
  const config = readLocalConfig({ ...ports, DATA_DIR: folder, RATE_LIMIT_PER_MINUTE: '0' })
  const system = await startSystem(config, keys.jwks, printTrouble)
  const origin = () => `http://127.0.0.1:${system.ports.edge}`
  const traffic = await startTraffic({ origin, keys, history, clients: 6, patienceMs: 10_000 })
  await traffic.more(BOOKINGS_A_START)
  await traffic.stop()
  await system.close()
}
