/**
 * Starts one of our programs, the whole system unless another is named: installs what is missing and runs it on Node 24.
 * The npm scripts start it with `exec`, so that npm's signals reach it and npm's death is its parent's: the shell that npm
 * puts in between would keep both from it.
 */
import { install, ROOT, run } from './node24.mjs'

install(ROOT)
const args = process.argv.slice(2)
process.exitCode = await run(ROOT, args.length > 0 ? args : ['scripts/start.ts'])
