/** `npm run test:quick`: the tests that need no real server and finish quickly. Options and paths go to Vitest. */
import { readArguments } from './commands/read.mjs'
import { runTests } from './testing/run-tests.mjs'
import { QUICK } from './testing/quick.mjs'

readArguments('test:quick')
process.exitCode = await runTests([...QUICK, ...process.argv.slice(2)])
