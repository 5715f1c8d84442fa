/**
 * `npm run bench`: figures beside a baseline of the same run. Compare ratios; absolute figures belong to one machine.
 * Servers: KAFKA_BROKERS and MONGODB_URI, otherwise a stack of its own.
 */
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startStack } from '../scripts/stack/stack.ts'
import { columns, npmCommand, paintFor } from '../scripts/terminal/terminal.ts'
import { benchFit } from './fit.ts'
import type { ReportProgress } from '../scripts/stack/download.ts'
import type { Row, Servers, Size } from './measure.ts'
import { benchProcessor } from './processor.ts'
import { benchProxy } from './proxy.ts'

const BENCHES: Record<string, (servers: Servers, progress: ReportProgress, size: Size) => Promise<Row[]>> = {
  fit: benchFit,
  processor: benchProcessor,
  proxy: benchProxy,
}

if (import.meta.main) {
  await npmCommand('bench', async ({ values: { seconds, requests }, positionals: [what] }, end) => {
    const bench = BENCHES[what!]!
    const work = withServers(async (servers) =>
      print(await bench(servers, progress, { forMs: seconds * 1000, requests })),
    )
    // The servers end with this process.
    await Promise.race([work, once(end, 'abort')])
  })
}

function progress(what: string): void {
  console.error(paintFor(process.stderr)('dim', `… ${what}`))
}

async function withServers(work: (servers: Servers) => Promise<void>): Promise<void> {
  const { KAFKA_BROKERS: brokers, MONGODB_URI: mongodbUri } = process.env
  if (brokers && mongodbUri) return work({ brokers, mongodbUri })
  const dataDir = mkdtempSync(join(tmpdir(), 'reservoir-bench-'))
  const stack = await startStack({ dataDir, progress })
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
  const cells = rows.map(({ what, figure, baseline, ratio, aim }) => [what, figure, baseline, shownRatio(ratio), aim])
  console.log(columns([head, ...cells]).join('\n'))
}

/** Empty without a figure or a baseline. */
function shownRatio(ratio: number): string {
  return Number.isFinite(ratio) ? ratio.toFixed(2) : ''
}
