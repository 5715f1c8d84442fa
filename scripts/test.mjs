/** `npm test`: every test. Options and paths go to Vitest. */
import { readArguments } from './commands/read.mjs'
import { runTests } from './testing/run-tests.mjs'

readArguments('test')
process.exitCode = await runTests(process.argv.slice(2))
