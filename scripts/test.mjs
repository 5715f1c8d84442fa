/** Runs the tests, and closes with one line that counts them. Arguments go to vitest. */
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { closingLine } from './testing/closing-line.mjs'
import { install, ROOT, run } from './node24/node24.mjs'

install(ROOT)
const report = join(ROOT, 'node_modules/.vitest/report.json')
rmSync(report, { force: true })
const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
const vitest = join(ROOT, 'node_modules/vitest/vitest.mjs')
const code = await run(ROOT, [vitest, 'run', ...reporters, ...process.argv.slice(2)], { channel: false })

if (existsSync(report)) {
  const { line, executed } = closingLine(JSON.parse(readFileSync(report, 'utf8')))
  if (executed === 0) console.log('No test was executed, which counts as a failure.')
  console.log(line)
  process.exitCode = code === 0 && executed === 0 ? 1 : code
} else {
  console.log('The tests ended without a report.\n0 passed, 1 failed, 0 skipped')
  process.exitCode = code || 1
}
