/** `npm start`: the whole system in this process, until a signal ends it. */
import { once } from 'node:events'
import { join } from 'node:path'
import type { LogLine } from '#platform/log-line.ts'
import { demoTokens, devKeys } from './dev/keys.ts'
import { readable } from './dev/lines.ts'
import { readLocalConfig, withoutServers } from './system/config.ts'
import { loadEnvFile } from './system/env-file.ts'
import { refuseSecond } from './system/second.ts'
import { refuse } from './system/sentences.ts'
import { startSystem } from './system/system.ts'
import { unusedByStart } from './system/unused.ts'
import { banner } from './terminal/banner.ts'
import { npmCommand } from './terminal/terminal.ts'

const ROOT = join(import.meta.dirname, '..')

/** On a terminal in color, elsewhere as JSON. */
const print = (line: LogLine): void => {
  const stream = line.level === 'info' ? process.stdout : process.stderr
  const text = JSON.stringify(line)
  stream.write(`${stream.isTTY ? readable(text, stream) : text}\n`)
}

await npmCommand('start', async (_, end) => {
  loadEnvFile()
  const config = readLocalConfig(withoutServers(process.env))
  for (const sentence of unusedByStart(process.env)) console.error(sentence)
  await refuseSecond(config)
  const keys = await devKeys(ROOT, process.env)
  const system = await startSystem(config, keys, print, { demoTokens: () => demoTokens(keys) }).catch(refuse)
  console.log(await banner(system, config.DATA_DIR, keys.sign))
  if (!end.aborted) await once(end, 'abort')
  console.log('\nFinishing requests in progress ...')
  await system.close()
})
