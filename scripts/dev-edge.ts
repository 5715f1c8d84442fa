/** `npm run edge [-- --on node|deno|workerd --port 8788]`: the edge alone, beside a system that runs (`npm start`). */
import { existsSync } from 'node:fs'
import { once } from 'node:events'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startChild } from './dev-children.ts'
import { devKeys } from './dev-keys.ts'
import { edgeOn, RUNTIMES, type Runtime, variablesFor } from './dev-runtimes.ts'
import { readLocalConfig } from './local-config.ts'
import { command, Sentence } from './terminal.ts'

const ROOT = join(import.meta.dirname, '..')
const ENV_FILE = join(ROOT, '.env')

/** On the port beside that of the system's own edge. */
const OPTIONS = { on: { type: 'string', default: 'node' }, port: { type: 'string', default: '8788' } } as const

const isRuntime = (name: string): name is Runtime => RUNTIMES.some((runtime) => runtime === name)

await command(async (end) => {
  const { on, port } = parseArgs({ options: OPTIONS }).values
  if (!isRuntime(on)) throw new Sentence(`There is no runtime ${on}: say --on ${RUNTIMES.join(', or ')}.`, 2)
  if (!/^\d{1,5}$/.test(port)) throw new Sentence(`${port} is no port.`, 2)
  if (existsSync(ENV_FILE)) process.loadEnvFile(ENV_FILE)
  const { jwks } = await devKeys(ROOT)
  const edge = startChild(edgeOn(on, variablesFor(readLocalConfig(process.env), jwks, Number(port))))
  void edge.exit.then((code) => (process.exitCode = code))
  await Promise.race([edge.exit, once(end, 'abort')])
  await edge.end()
  if (end.aborted) process.exitCode = 0
})
