/** `npm start`: the whole system in this process, until it is told to end. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { LogError } from '#log/log.ts'
import type { LogLine } from '#platform/log-line.ts'
import { StoreError } from '#store/store.ts'
import { banner } from './terminal/banner.ts'
import { demoTokens, devKeys } from './dev/keys.ts'
import { readable } from './dev/lines.ts'
import { toldToEnd } from './terminal/end-with-parent.ts'
import { readLocalConfig, withoutServers } from './system/config.ts'
import { PortTaken } from './system/serve.ts'
import { startSystem } from './system/system.ts'

const ROOT = join(import.meta.dirname, '..')
const ENV_FILE = join(ROOT, '.env')

/** For people in color, for machines as JSON. */
const print = (line: LogLine): void => {
  const stream = line.level === 'info' ? process.stdout : process.stderr
  const text = JSON.stringify(line)
  stream.write(`${stream.isTTY ? readable(text, stream) : text}\n`)
}

/** What people can mend is a sentence; anything else is a fault of ours and comes with its stack. */
function refuse(error: unknown): never {
  const mendable = error instanceof PortTaken || error instanceof LogError || error instanceof StoreError
  const isPlain = error instanceof Error && (mendable || error.message.startsWith('Reservoir cannot start'))
  process.stderr.write(`${isPlain ? error.message : String((error as Error)?.stack ?? error)}\n`)
  process.exit(1)
}

try {
  const told = toldToEnd()
  if (existsSync(ENV_FILE)) process.loadEnvFile(ENV_FILE)
  const config = readLocalConfig(withoutServers(process.env))
  const keys = await devKeys(ROOT, process.env)
  const system = await startSystem(config, keys.jwks, print, () => demoTokens(keys))
  console.log(await banner(system, config.DATA_DIR, keys.sign))
  await told
  console.log('\nFinishing what is under way ...')
  await system.close()
  process.exit(0)
} catch (error) {
  refuse(error)
}
