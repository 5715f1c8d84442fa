/** The proxy, processor and query API of `npm run dev`, which restarts this process on every change. The edge runs separately. */
import { join } from 'node:path'
import { printTrouble } from '#platform/log-line.ts'
import { readLocalConfig } from '../system/config.ts'
import { refuse } from '../system/sentences.ts'
import { startSystem } from '../system/system.ts'
import { command } from '../terminal/terminal.ts'
import { devKeys } from './keys.ts'

const ROOT = join(import.meta.dirname, '../..')

await command(async (end) => {
  const keys = await devKeys(ROOT)
  // This process also starts an edge, on a random port that is not printed.
  const config = { ...readLocalConfig(process.env), EDGE_PORT: 0 }
  const system = await startSystem(config, keys, printTrouble).catch(refuse)
  console.log(`[system] ready: proxy ${system.ports.proxy}, query API ${system.ports.processor}`)
  await new Promise((resolve) => end.addEventListener('abort', resolve, { once: true }))
  await system.close()
})
