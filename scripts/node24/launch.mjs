/**
 * `node scripts/node24/launch.mjs NAME …`: runs an npm command. Refuses arguments that its row of the table does not have, then
 * installs what is missing and runs the program on Node 24. The npm scripts use `exec`, so that npm's signals reach this process
 * and npm's death is its parent's: the shell that npm puts in between would keep both from it.
 */
import { pathToFileURL } from 'node:url'
import { join } from 'node:path'
import { readArguments } from '../commands/read.mjs'
import { COMMANDS } from '../commands/table.mjs'
import { install, ROOT, run } from './node24.mjs'

const [name, ...args] = process.argv.slice(2)
const { program, on } = COMMANDS[name]
readArguments(name, args)
if (on === 'any') {
  // It can run before anything is installed.
  process.argv.splice(1, 2, join(ROOT, program))
  await import(pathToFileURL(join(ROOT, program)).href)
} else {
  await install(ROOT)
  // Programs of others do not know what the channel is for.
  process.exitCode = await run(ROOT, [join(ROOT, program), ...args], { channel: program.endsWith('.ts') })
}
