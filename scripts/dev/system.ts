/** For `npm run dev`, which restarts it at every change: proxy, processor and query API, beside an edge that runs elsewhere. */
import { join } from 'node:path'
import { LogError } from '#log/log.ts'
import { StoreError } from '#store/store.ts'
import { printTrouble } from '#platform/log-line.ts'
import { devKeys } from './keys.ts'
import { readLocalConfig } from '../system/config.ts'
import { PortTaken } from '../system/serve.ts'
import { startSystem } from '../system/system.ts'
import { command, Sentence } from '../terminal/terminal.ts'

const ROOT = join(import.meta.dirname, '../..')

/** What people can mend is a sentence. */
function refuse(error: unknown): never {
  const isMendable = error instanceof PortTaken || error instanceof LogError || error instanceof StoreError
  throw isMendable ? new Sentence(error.message) : error
}

await command(async (end) => {
  const { jwks } = await devKeys(ROOT)
  // The system's own edge takes any port; nobody is told of it.
  const config = { ...readLocalConfig(process.env), EDGE_PORT: 0 }
  const system = await startSystem(config, jwks, printTrouble).catch(refuse)
  console.log(`[system] ready: proxy ${system.ports.proxy}, query API ${system.ports.processor}`)
  await new Promise((resolve) => end.addEventListener('abort', resolve, { once: true }))
  await system.close()
})
