/**
 * `npm run bench -- fit`: whether each process of the overlay `dev` survives a load with the command, the environment and the memory
 * limit of its pod. The baseline is the limit; the figure is the most memory that the process had.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { TOPICS } from '#domain/topics.ts'
import { openKafkaLog } from '#log/kafka/kafka-log.ts'
import type { Log } from '#log/log.ts'
import { COMMAND_KEYS_TEXT } from '#platform/testing/command-keys.ts'
import { DECISIONS } from '#processor/decisions/decisions.ts'
import { GROUPS } from '#processor/groups.ts'
import { devKeys } from '../scripts/dev/keys.ts'
import type { ServerProcess } from '../tests/history/server-process.ts'
import { type Cluster, memoryOf, startCluster } from '../tests/k8s/cluster.ts'
import { manualContent } from '../tests/k8s/manual-content.ts'
import { overlayFolder, render } from '../tests/k8s/render.ts'
import { findTools } from '../tests/k8s/tools.ts'
import { until } from './figures.ts'
import { isDone } from './lag.ts'
import type { ReportProgress } from '../scripts/stack/download.ts'
import type { Row, Servers, Size } from './measure.ts'
import { messagesOf, sendAll } from './requests.ts'

const BODIES = 8
const BODY_BYTES = 7 * 1024 * 1024
const CONNECTIONS = 10_000

export async function benchFit({ mongodbUri }: Servers, progress: ReportProgress, { requests }: Size): Promise<Row[]> {
  const tools = await findTools()
  if ('lack' in tools) throw new Error(tools.lack)
  const folder = mkdtempSync(join(tmpdir(), 'reservoir-fit-'))
  const resources = await render(tools, overlayFolder('dev'))
  const content = manualContent(folder, (await devKeys(folder, {})).jwks)
  const services = { proxy: ['proxy-0'], processor: ['processor-0'], mongodb: ['mongodb-0'] }
  progress('the overlay dev starts')
  const cluster = await startCluster(resources, { folder, manualContent: content, services })
  const system = await startFitSystem(cluster, `${mongodbUri}fit_${Date.now()}`)
  const row = (what: string, name: string, mebibytes: number): Row => {
    const limit = memoryOf(resources, name) / 2 ** 20
    const figure = `${Math.round(mebibytes)} MiB`
    progress(`${what}: at most ${figure} of ${limit} MiB`)
    return { what, figure, baseline: `${limit} MiB`, ratio: mebibytes / limit, aim: 'under 1' }
  }
  try {
    const rows: Row[] = []
    for (const listings of [3, 1_000]) {
      const what = `${requests} commands on ${listings} listings, a restart in between`
      progress(what)
      rows.push(row(`processor: ${what}`, 'processor', await backlog(system, { listings, requests })))
    }
    progress(`${BODIES} parallel batches`)
    const batches = `proxy: ${BODIES} parallel batches of ${BODY_BYTES / 2 ** 20} MiB`
    rows.push(row(batches, 'proxy', await fullBatches(system, BODY_BYTES)))
    for (const name of ['proxy', 'processor', 'edge'] as const) {
      const what = `${CONNECTIONS} idle connections`
      progress(`${name}: ${what}`)
      rows.push(row(`${name}: ${what}`, name, await idleConnections(system[name], CONNECTIONS)))
    }
    return rows
  } finally {
    await system.close()
    await cluster.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

export interface FitSystem {
  log: Log
  proxy: ServerProcess
  processor: ServerProcess
  edge: ServerProcess
  close: () => Promise<void>
}

/** Creates the topics and starts the processes of a cluster with the overlay `dev`. */
export async function startFitSystem(cluster: Cluster, mongodbUri: string): Promise<FitSystem> {
  await cluster.job('topics')
  const keys = { COMMAND_KEYS: COMMAND_KEYS_TEXT }
  const store = { MONGODB_URI: mongodbUri, MONGODB_URI_FILE: '' }
  const proxy = cluster.process('proxy', { name: 'PROXY_PORT', number: 8082 })
  const processor = cluster.process('processor', { name: 'PROCESSOR_PORT', number: 8090 }, { ...store, ...keys })
  const edge = cluster.process('edge', { name: 'EDGE_PORT', number: 8787 }, keys)
  const all = [proxy, processor, edge]
  for (const each of all) each.start()
  for (const each of all) await each.untilReadiness(200)
  const brokers = [`127.0.0.1:${cluster.addresses.portOf('kafka-0', 29_092)}`]
  const log = openKafkaLog({ brokers, report: () => undefined })
  return {
    log,
    proxy,
    processor,
    edge,
    async close() {
      await log.close()
      await Promise.all(all.map((each) => each.end('SIGKILL')))
    },
  }
}

const BACKLOG_LIMIT_MS = 1_800_000

/** Commands wait while the processor is away; it is killed once while it catches up. Returns its most memory, in MiB. */
export async function backlog(
  { log, processor }: FitSystem,
  { listings, requests }: { listings: number; requests: number },
): Promise<number> {
  await processor.end()
  const plan = { topic: TOPICS.requests, prefix: `fit-${listings}`, listings, requests }
  const before = await committedCommands(log)
  await sendAll(log, [...messagesOf(plan)])
  processor.start()
  const half = before + requests / 2
  await whileRunning(processor, 'half of the commands are decided', async () => (await committedCommands(log)) >= half)
  const first = mostMemory(processor)
  await processor.end('SIGKILL')
  processor.start()
  await whileRunning(processor, 'every command is decided', () => isDone(log, DECISIONS, TOPICS.requests))
  for (const { name, topic } of Object.values(GROUPS)) {
    await whileRunning(processor, `${name} is done`, () => isDone(log, name, TOPICS[topic]))
  }
  return Math.max(first, mostMemory(processor))
}

async function committedCommands(log: Log): Promise<number> {
  const committed = await log.committed(DECISIONS, TOPICS.requests)
  return committed.reduce((sum, next) => sum + Math.max(next, 0), 0)
}

/** @throws an error with the last output if the process ends, because it exceeded its limit for example */
const whileRunning = (process: ServerProcess, what: string, holds: () => Promise<boolean>): Promise<void> =>
  until(what, async () => (checkRuns(process), holds()), BACKLOG_LIMIT_MS)

function checkRuns({ name, pid, output }: ServerProcess): void {
  if (pid() === undefined) throw new Error(`${name} has ended:\n${output().slice(-2_000)}`)
}

/** The most memory that a process has had since its start, in MiB. */
function mostMemory(process: ServerProcess): number {
  checkRuns(process)
  const [, kibibytes] = /^VmHWM:\s*(\d+) kB$/m.exec(readFileSync(`/proc/${process.pid()}/status`, 'utf8')) ?? []
  return Number(kibibytes) / 1024
}

const MESSAGES = 500

/** Each batch is written, or refused because others are under way. Returns the proxy's most memory, in MiB. */
export async function fullBatches({ log, proxy }: FitSystem, bodyBytes: number): Promise<number> {
  const topic = 'fit-batches'
  await log.createTopics([{ topic, partitions: 3 }])
  const value = 'x'.repeat(bodyBytes / MESSAGES - 50)
  const body = JSON.stringify(Array.from({ length: MESSAGES }, (_, key) => ({ topic, key: String(key), value })))
  const headers = { authorization: `Basic ${Buffer.from('reservoir:reservoir-dev').toString('base64')}` }
  const statuses = await Promise.all(
    Array.from({ length: BODIES }, async () => {
      const response = await fetch(`${proxy.origin}/produce`, { method: 'POST', headers, body })
      await response.arrayBuffer()
      return response.status
    }),
  )
  const written = statuses.filter((status) => status === 200).length
  const refused = statuses.filter((status) => status === 429 || status === 503).length
  if (written === 0 || written + refused < BODIES) throw new Error(`the proxy answered with ${statuses.join(', ')}`)
  return mostMemory(proxy)
}

/** The process answers while the connections are open. Returns its most memory, in MiB. */
export async function idleConnections(process: ServerProcess, count: number): Promise<number> {
  const port = Number(new URL(process.origin).port)
  const sockets: Socket[] = []
  try {
    while (sockets.length < count) {
      const more = Array.from({ length: Math.min(200, count - sockets.length) }, () => connect(port, '127.0.0.1'))
      sockets.push(...more)
      await Promise.all(more.map((socket) => once(socket, 'connect')))
    }
    await process.untilReadiness(200)
    return mostMemory(process)
  } finally {
    for (const socket of sockets) socket.on('error', () => {}).destroy()
  }
}
