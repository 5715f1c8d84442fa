/**
 * Measures the time from the POST of a booking to its decision, one booking at a time on an idle system of three processes. The
 * baseline is one raw produce and one raw write. A second run with all parts in one process measures each hop with one clock.
 */
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TopicNames, TOPICS } from '#domain/topics.ts'
import { openKafkaLog } from '#log/kafka/kafka-log.ts'
import { ANALYTICS } from '#processor/sinks/analytics.ts'
import { NOTIFICATIONS } from '#processor/sinks/notifications.ts'
import { VIEWS } from '#processor/sinks/views.ts'
import { ownTopics } from '#processor/testing/own-topics.ts'
import { percentile } from '../scripts/figures/percentile.ts'
import { type DevKeys, devKeys } from '../scripts/dev/keys.ts'
import { openBookings } from './bookings.ts'
import { secondsOf, until } from './figures.ts'
import { hopsOf, HOPS } from './hops.ts'
import { isDone } from './lag.ts'
import type { ReportProgress } from '../scripts/stack/download.ts'
import type { Row, Servers } from './measure.ts'
import { startInOneProcess } from './one-process.ts'
import { openRawWay } from './raw-way.ts'
import { startThreeProcesses } from './three-processes.ts'
import { Watch } from './watch.ts'

const TIMES = 300
const WARM_UP = 50
const QUIET_LIMIT_MS = 30_000

export async function benchWay(servers: Servers, progress: ReportProgress): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'reservoir-bench-'))
  try {
    const keys = await devKeys(folder, {})
    progress(`POST to decision, ${TIMES} times, each after one raw produce and one raw write`)
    const { ours, raw } = await inThreeProcesses(servers, keys)
    progress(`POST to decision in one process, ${TIMES} times`)
    return [wayRow(ours, raw), ...(await hopRows(servers, keys))]
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function wayRow(ours: number[], raw: number[]): Row {
  const [p50, baseline] = [percentile(ours, 0.5), percentile(raw, 0.5)]
  return {
    what: 'POST to visible decision, idle, p50',
    figure: `${p50.toFixed(1)} ms (p99 ${percentile(ours, 0.99).toFixed(1)})`,
    baseline: `${baseline.toFixed(1)} ms (p99 ${percentile(raw, 0.99).toFixed(1)})`,
    ratio: p50 / baseline,
    aim: 'at most 3',
  }
}

/** Alternates with the baseline, because the machine's speed drifts. */
async function inThreeProcesses(servers: Servers, keys: DevKeys): Promise<{ ours: number[]; raw: number[] }> {
  const raw: number[] = []
  const rawWay = await openRawWay(servers)
  const system = await startThreeProcesses(servers, keys)
  const before = async (i: number) => void raw.push((await secondsOf(() => rawWay.once(i))) * 1000)
  try {
    const ours = await postMs(servers, system.url, keys, TOPICS, { before })
    return { ours, raw: raw.slice(WARM_UP) }
  } finally {
    await system.close()
    await rawWay.close()
  }
}

/** The median of each hop, and its share of the total. */
async function hopRows(servers: Servers, keys: DevKeys): Promise<Row[]> {
  const topics = ownTopics(`bench-${randomUUID().slice(0, 8)}`)
  const watch = new Watch()
  const hops: number[][] = []
  const system = await startInOneProcess(servers, keys, topics, watch)
  try {
    const before = async () => void (watch.calls = [])
    const after = (startMs: number, endMs: number) => void hops.push(hopsOf(watch.calls, topics, startMs, endMs))
    await postMs(servers, system.url, keys, topics, { before, after })
  } finally {
    await system.close()
  }
  const medians = HOPS.map((_, n) =>
    percentile(
      hops.slice(WARM_UP).map((one) => one[n]!),
      0.5,
    ),
  )
  const sum = medians.reduce((total, one) => total + one, 0)
  return HOPS.map((hop, n) => ({
    what: `  of which ${hop}`,
    figure: `${medians[n]!.toFixed(1)} ms`,
    baseline: '',
    ratio: medians[n]! / sum,
    aim: '',
  }))
}

interface Around {
  before: (i: number) => Promise<void>
  after?: (startMs: number, endMs: number) => void
}

/** Sends one booking at a time, after all groups have finished the previous one. */
async function postMs(
  { brokers }: Servers,
  edge: string,
  keys: DevKeys,
  { bookings }: TopicNames,
  { before, after }: Around,
): Promise<number[]> {
  const book = await openBookings(edge, keys)
  const log = openKafkaLog({ brokers: brokers.split(',') })
  const isQuiet = async (): Promise<boolean> => {
    const done = [VIEWS, NOTIFICATIONS, ANALYTICS].map((group) => isDone(log, group, bookings))
    return (await Promise.all(done)).every(Boolean)
  }
  const took: number[] = []
  try {
    for (let i = 0; i < WARM_UP + TIMES; i++) {
      await until('all groups are done', isQuiet, QUIET_LIMIT_MS)
      await before(i)
      const startMs = performance.now()
      const seconds = await secondsOf(() => book(i))
      after?.(startMs, performance.now())
      took.push(seconds * 1000)
    }
    return took.slice(WARM_UP)
  } finally {
    await log.close()
  }
}
