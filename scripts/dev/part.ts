import { once } from 'node:events'
import { join } from 'node:path'
import { readLocalConfig } from '../system/config.ts'
import { refuseSecond } from '../system/second.ts'
import { npmCommand } from '../terminal/terminal.ts'
import { startChild } from './children.ts'
import { loadEnvironment, ROOT, variablesOf } from './environment.ts'

/** Runs one process, configured by the environment; its exit code becomes that of the command. */
export const runPart = (part: 'proxy' | 'processor'): Promise<never> =>
  npmCommand(part, async (_, end) => {
    loadEnvironment()
    const env = await variablesOf(process.env)
    // Names the process that has the port or the data folder; the started process could not find it out.
    await refuseSecond(readLocalConfig(process.env), [part === 'proxy' ? 'PROXY_PORT' : 'PROCESSOR_PORT'])
    const child = startChild({ file: process.execPath, args: [join(ROOT, part, 'node.ts')], env })
    await Promise.race([child.exit, once(end, 'abort')])
    if (end.aborted) await child.end()
    process.exitCode = await child.exit
  })
