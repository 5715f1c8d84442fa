/** `npm run check`: format, lint, types, the import table and the wording of prose, all at once. */
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { breaches } from './architecture/import-table.ts'
import { readSources } from './architecture/sources.ts'
import { proseFaults, readTexts } from './prose/prose.ts'
import { killGroup, spawnGuarded } from './stack/guarded.ts'
import { npmCommand, paintFor } from './terminal/terminal.ts'

const ROOT = join(import.meta.dirname, '..')

/** The tools write to a pipe, so they cannot see whether a terminal shows it. */
const COLORS: Record<string, string> = process.stdout.isTTY ? { FORCE_COLOR: '1' } : { NO_COLOR: '1' }

interface CheckResult {
  ok: boolean
  output: string
}

type Check = (end: AbortSignal) => Promise<CheckResult>

/** In a process group of its own: the tools start further processes, which end with them. */
const tool =
  (name: string, ...args: string[]): Check =>
  async (end) => {
    const child = spawnGuarded({ file: join(ROOT, 'node_modules/.bin', name), args, cwd: ROOT, env: COLORS }, 'pipe')
    end.addEventListener('abort', () => killGroup(child), { once: true })
    const [out, err, [code]] = await Promise.all([text(child.stdout!), text(child.stderr!), once(child, 'close')])
    return { ok: code === 0, output: `${out}${err}`.trim() }
  }

const found =
  (find: () => string[]): Check =>
  async () => {
    const faults = find()
    return { ok: faults.length === 0, output: faults.join('\n') }
  }

interface Row {
  check: Check
  /** What to do about a failure, where the output does not say it. */
  remedy?: string
}

const CHECKS: Readonly<Record<string, Row>> = {
  format: { check: tool('oxfmt', '--check'), remedy: '`npm run format` fixes this.' },
  lint: { check: tool('oxlint', '--type-aware', '--deny-warnings') },
  types: { check: tool('tsc', '-p', '.') },
  'import table': { check: found(() => breaches(readSources(ROOT))) },
  prose: { check: found(() => readTexts(ROOT).flatMap(proseFaults)) },
}

await npmCommand('check', async (_, end) => {
  const running = Object.entries(CHECKS).map(([name, { check, remedy }]) => ({ name, remedy, outcome: check(end) }))
  for (const { name, remedy, outcome } of running) {
    const { ok, output } = await outcome
    if (!ok) process.exitCode = 1
    if (!end.aborted) print(name, ok, [output, remedy].filter(Boolean).join('\n\n'))
  }
})

function print(name: string, ok: boolean, output: string): void {
  const paint = paintFor(process.stdout)
  console.log(`${ok ? paint('green', 'ok    ') : paint('red', 'failed')}  ${name}`)
  if (!ok) console.log(`\n${output}\n`)
}
