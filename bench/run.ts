/**
 * `npm run bench -- processor [--requests 20000]`, `-- proxy [--seconds 8]`: figures beside a baseline of the same run. Ratios mean something; figures
 * belong to the machine they were taken on. Servers: KAFKA_BROKERS and MONGODB_URI, else a stack of its own.
 */
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startStack } from '../scripts/stack/stack.ts'
import { columns, command, paintFor, Sentence } from '../scripts/terminal/terminal.ts'
import type { Row, Servers, Size, Tell } from './measure.ts'
import { benchProcessor } from './processor.ts'
import { benchProxy } from './proxy.ts'

const BENCHES: Record<string, (servers: Servers, tell: Tell, size: Size) => Promise<Row[]>> = {
  processor: benchProcessor,
  proxy: benchProxy,
}

const OPTIONS = {
  seconds: { type: 'string', default: '8' },
  requests: { type: 'string', default: '20000' },
} as const

if (import.meta.main) {
  await command(async (end) => {
    const { values, positionals } = parseArgs({ options: OPTIONS, allowPositionals: true })
    const bench = BENCHES[positionals[0] ?? '']
    if (!bench) throw new Sentence(`Say which: npm run bench -- ${Object.keys(BENCHES).join('|')}`, 2)
    const [seconds, requests] = [Number(values.seconds), Number(values.requests)]
    if (!(seconds > 0)) throw new Sentence('--seconds is a number above 0.', 2)
    if (!Number.isInteger(requests) || requests < 1) throw new Sentence('--requests is a number of bookings.', 2)
    const work = withServers(async (servers) => print(await bench(servers, tell, { forMs: seconds * 1000, requests })))
    // The servers end with us, whenever that is.
    await Promise.race([work, once(end, 'abort')])
  })
}

function tell(what: string): void {
  console.error(paintFor(process.stderr)('dim', `… ${what}`))
}

async function withServers(work: (servers: Servers) => Promise<void>): Promise<void> {
  const { KAFKA_BROKERS: brokers, MONGODB_URI: mongodbUri } = process.env
  if (brokers && mongodbUri) return work({ brokers, mongodbUri })
  const dataDir = mkdtempSync(join(tmpdir(), 'reservoir-bench-'))
  const stack = await startStack({ dataDir, tell })
  try {
    await work(stack)
  } finally {
    await stack.close()
    rmSync(dataDir, { recursive: true, force: true })
  }
}

function print(rows: readonly Row[]): void {
  if (!process.stdout.isTTY) return rows.forEach((row) => console.log(JSON.stringify(row)))
  const paint = paintFor(process.stdout)
  const head = ['', 'ours', 'baseline', 'ratio', 'aim'].map((cell) => paint('bold', cell))
  const cells = rows.map(({ what, figure, baseline, ratio, aim }) => [what, figure, baseline, ratio.toFixed(2), aim])
  console.log(columns([head, ...cells]).join('\n'))
}
