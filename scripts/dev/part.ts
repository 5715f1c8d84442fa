import { once } from 'node:events'
import { join } from 'node:path'
import { type LocalConfig, readLocalConfig } from '../system/config.ts'
import { refuseLocked } from '../system/data-folder.ts'
import { refuse } from '../system/sentences.ts'
import { refuseTaken } from '../system/serve.ts'
import { npmCommand } from '../terminal/terminal.ts'
import { startChild } from './children.ts'
import { loadEnvironment, ROOT, variablesOf } from './environment.ts'

type Part = 'proxy' | 'processor'

/** Names the process that has the port or the data folder; the started process could not find it out. */
async function refuseInUse(part: Part, config: LocalConfig): Promise<void> {
  const { PROXY_PORT, PROCESSOR_PORT } = config
  await refuseTaken(part === 'proxy' ? { PROXY_PORT } : { PROCESSOR_PORT })
  await refuseLocked(config)
}

/** Runs one process, configured by the environment; its exit code becomes that of the command. */
export const runPart = (part: Part): Promise<never> =>
  npmCommand(part, async (_, end) => {
    loadEnvironment()
    const env = await variablesOf(process.env)
    await refuseInUse(part, readLocalConfig(process.env)).catch(refuse)
    const child = startChild({ file: process.execPath, args: [join(ROOT, part, 'node.ts')], env })
    await Promise.race([child.exit, once(end, 'abort')])
    if (end.aborted) await child.end()
    process.exitCode = await child.exit
  })
