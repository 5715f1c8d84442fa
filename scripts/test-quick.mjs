/** `npm run test:quick`: the tests that need no real server and finish quickly. Options and paths go to Vitest. */
import { readArguments } from './commands/read.mjs'
import { runTests } from './testing/run-tests.mjs'

readArguments('test:quick')
// Read by vitest.config.ts: a project does not take over `--exclude`.
process.env.RESERVOIR_TESTS = 'quick'
process.exitCode = await runTests(['--project=node', ...process.argv.slice(2)])
