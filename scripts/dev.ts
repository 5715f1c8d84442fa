/** `npm run dev`: the edge under `wrangler dev`, proxy and processor beside it, both anew at every change; one Ctrl-C ends all. */
import { existsSync } from 'node:fs'
import { once } from 'node:events'
import { join } from 'node:path'
import { startChild } from './dev-children.ts'
import { devKeys } from './dev-keys.ts'
import { edgeOn, variablesFor } from './dev-runtimes.ts'
import { readLocalConfig } from './local-config.ts'
import { command, Sentence } from './terminal.ts'

const ROOT = join(import.meta.dirname, '..')
const ENV_FILE = join(ROOT, '.env')

/** Node watches what it has imported, and wrangler what it has bundled. */
const SYSTEM = ['--watch', '--watch-preserve-output', join(ROOT, 'scripts/dev-system.ts')]

await command(async (end) => {
  if (existsSync(ENV_FILE)) process.loadEnvFile(ENV_FILE)
  const config = readLocalConfig(process.env)
  if (config.PROXY_PORT === 0 || config.PROCESSOR_PORT === 0)
    throw new Sentence('The edge must know where the others are: set PROXY_PORT and PROCESSOR_PORT to ports.')
  const { jwks } = await devKeys(ROOT)
  console.log(
    `The edge comes up at http://localhost:${config.EDGE_PORT}, data lie in ${config.DATA_DIR}; Ctrl-C ends all.`,
  )
  console.log('A token: npm run -s token -- --role traveler --sub traveler-1\n')
  const children = [
    startChild({ file: process.execPath, args: SYSTEM, env: {} }),
    startChild(edgeOn('workerd', variablesFor(config, jwks))),
  ]
  await Promise.race([once(end, 'abort'), ...children.map(({ exit }) => exit)])
  if (!end.aborted) process.exitCode = 1
  await Promise.all(children.map((child) => child.end()))
})
