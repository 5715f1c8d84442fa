/** `npm run proxy` and `npm run processor`: one process alone, on what the environment says. */
import { once } from 'node:events'
import { join } from 'node:path'
import { startChild } from './children.ts'
import { loadEnvironment, ROOT, variablesOf } from './environment.ts'
import { command, Sentence } from '../terminal/terminal.ts'

const PARTS = ['proxy', 'processor']

await command(async (end) => {
  const part = process.argv[2] ?? ''
  if (!PARTS.includes(part)) throw new Sentence(`There is no part ${part}: name ${PARTS.join(' or ')}.`, 2)
  loadEnvironment()
  const env = await variablesOf(process.env)
  const child = startChild({ file: process.execPath, args: [join(ROOT, part, 'node.ts')], env })
  await Promise.race([child.exit, once(end, 'abort')])
  if (end.aborted) await child.end()
  process.exitCode = await child.exit
})
