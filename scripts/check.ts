/** Format, lint, types and the import table, all at once. What fails says how. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { styleText } from 'node:util'
import { breaches } from './architecture/import-table.ts'
import { readSources } from './architecture/sources.ts'

const root = join(import.meta.dirname, '..')

/** The tools see a pipe in any case; what counts is where it ends. */
const colors = process.stdout.isTTY ? { FORCE_COLOR: '1' } : { NO_COLOR: '1' }

interface Outcome {
  ok: boolean
  output: string
}

const tool = (name: string, ...args: string[]): Promise<Outcome> =>
  new Promise((resolve) => {
    const options = { cwd: root, env: { ...process.env, ...colors }, maxBuffer: 64 * 2 ** 20 }
    execFile(join(root, 'node_modules/.bin', name), args, options, (error, stdout, stderr) => {
      const output = `${stdout}${stderr}`.trim()
      resolve({ ok: error === null, output: output || (error?.message ?? '') })
    })
  })

const importTable = async (): Promise<Outcome> => {
  const found = breaches(readSources(root))
  return { ok: found.length === 0, output: found.join('\n') }
}

const checks: Record<string, Promise<Outcome>> = {
  format: tool('oxfmt', '--check'),
  lint: tool('oxlint', '--type-aware', '--deny-warnings'),
  types: tool('tsc', '-p', '.'),
  'import table': importTable(),
}

for (const [name, check] of Object.entries(checks)) {
  const { ok, output } = await check
  console.log(`${ok ? styleText('green', 'ok    ') : styleText('red', 'failed')}  ${name}`)
  if (ok) continue
  console.log(`\n${output}\n`)
  if (name === 'format') console.log('`npm run format` mends this.\n')
  process.exitCode = 1
}
