/** Runs Vitest on Node 24, and closes with one line that counts the tests. */
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { install, ROOT, run } from '../node24/node24.mjs'
import { closingLine } from './closing-line.mjs'

const REPORT = join(ROOT, 'node_modules/.vitest/report.json')
const REPORTERS = ['--reporter=default', '--reporter=json', `--outputFile.json=${REPORT}`]

/** The exit code: 0 if tests ran and none failed. */
export const runTests = async (args) => {
  await install(ROOT)
  rmSync(REPORT, { force: true })
  const vitest = join(ROOT, 'node_modules/vitest/vitest.mjs')
  const code = await run(ROOT, [vitest, 'run', ...REPORTERS, ...args], { channel: false })
  if (!existsSync(REPORT)) {
    console.log('The tests ended without a report.\n0 passed, 1 failed, 0 skipped')
    return code || 1
  }
  const { line, executed } = closingLine(JSON.parse(readFileSync(REPORT, 'utf8')))
  if (executed === 0) console.log('No test was executed, which counts as a failure.')
  console.log(line)
  return code === 0 && executed === 0 ? 1 : code
}
