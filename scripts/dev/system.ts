/** For `npm run dev`, which restarts it at every change: proxy, processor and query API, beside an edge of its own process. */
import { join } from 'node:path'
import { printTrouble } from '#platform/log-line.ts'
import { readLocalConfig } from '../system/config.ts'
import { refuse } from '../system/sentences.ts'
import { startSystem } from '../system/system.ts'
import { command } from '../terminal/terminal.ts'
import { devKeys } from './keys.ts'

const ROOT = join(import.meta.dirname, '../..')

await command(async (end) => {
  const { jwks } = await devKeys(ROOT)
  // The system's own edge takes any port and is not announced.
  const config = { ...readLocalConfig(process.env), EDGE_PORT: 0 }
  const system = await startSystem(config, jwks, printTrouble).catch(refuse)
  console.log(`[system] ready: proxy ${system.ports.proxy}, query API ${system.ports.processor}`)
  await new Promise((resolve) => end.addEventListener('abort', resolve, { once: true }))
  await system.close()
})
