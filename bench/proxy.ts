/**
 * `npm run bench -- proxy` measures requests and messages per second through the proxy on a real broker with acks=all. The baselines
 * run in turn: kafkajs alone with the same batching, a server that responds at once, and the peers of `BENCH_PEERS`.
 */
import { randomBytes, randomUUID } from 'node:crypto'
import { openKafkaLog } from '#log/kafka/kafka-log.ts'
import { type Log, MAX_SEND } from '#log/log.ts'
import { figureOf, type Load, type Loaded } from './load.ts'
import { runProgram, type MeasuredProcess, startMeasured, startPrinting, usageOf } from './measured-process.ts'
import { type Peer, readPeers } from './peers.ts'
import type { Raw } from './raw-kafkajs.ts'
import type { ReportProgress } from '../scripts/stack/download.ts'
import type { Row, Servers, Size } from './measure.ts'

/** Returns 350 random characters: equal values would favor a proxy that compresses. */
const newValue = (): string => randomBytes(263).toString('base64').slice(0, 350)

const PARTITIONS = 3
const MESSAGES_TO_DRAIN = 200_000
const WARM_UP_MS = 1_500
const POINTS = [
  { batch: 1, connections: [1, 16, 64, 256] },
  { batch: 100, connections: [1, 16, 64] },
]

const CREDENTIALS = { UPSTASH_KAFKA_REST_USERNAME: 'bench', UPSTASH_KAFKA_REST_PASSWORD: 'bench' }
const AUTHORIZATION = `Basic ${btoa('bench:bench')}`

export async function benchProxy({ brokers }: Servers, progress: ReportProgress, { forMs }: Size): Promise<Row[]> {
  const topic = `bench-${randomUUID().slice(0, 8)}`
  const log = openKafkaLog({ brokers: brokers.split(',') })
  const parts: MeasuredProcess[] = []
  try {
    await log.createTopics([{ topic, partitions: PARTITIONS }])
    const proxy = await startMeasured('proxy/node.ts', { ...CREDENTIALS, KAFKA_BROKERS: brokers }, 'PROXY_PORT')
    parts.push(proxy)
    const instant = await startPrinting('bench/instant.ts')
    parts.push(instant)
    const ours: Peer = { name: 'ours', format: 'upstash', url: `${proxy.url}/produce`, topic }
    const bench = {
      log,
      topic,
      brokers,
      proxy,
      instant,
      ours,
      peers: readPeers(process.env['BENCH_PEERS']),
      forMs,
      progress,
    }
    const rows: Row[] = []
    for (const { batch, connections } of POINTS) {
      for (const count of connections) rows.push(...(await point(bench, batch, count)))
    }
    rows.push(...(await drains(bench)))
    return rows
  } finally {
    await Promise.all(parts.map((part) => part.stop()))
    await log.close()
  }
}

interface Bench {
  log: Log
  topic: string
  brokers: string
  proxy: MeasuredProcess
  instant: MeasuredProcess
  ours: Peer
  peers: Peer[]
  forMs: number
  progress: ReportProgress
}

/** Measures every proxy in turn with one number of connections. */
async function point(bench: Bench, batch: number, connections: number): Promise<Row[]> {
  const { brokers, topic, proxy, instant, ours, peers, forMs, progress } = bench
  const what = `${batch === 1 ? 'one message' : `${batch} messages`} a request, ${connections} connections`
  progress(what)
  const raw: Raw = {
    brokers,
    topic,
    partitions: PARTITIONS,
    value: newValue(),
    batch,
    callers: connections,
    warmUpMs: WARM_UP_MS,
    forMs,
  }
  const used = usageOf(proxy.pid)
  const measured = await counted(bench, batch, () => loadOn(ours, batch, connections, forMs))
  const usage = usageOf(proxy.pid)
  const others: [string, Loaded][] = [['kafkajs alone', await runProgram<Loaded>('bench/raw-kafkajs.ts', raw)]]
  // Only for single messages: this server ignores the messages, so it is no baseline for a batch.
  if (batch === 1) {
    const http = { ...ours, url: `${instant.url}/produce` }
    others.push(['HTTP alone', await loadOn(http, batch, connections, forMs)])
  }
  for (const peer of peers) others.push([peer.name, await loadOn(peer, batch, connections, forMs)])
  const rate = measured.requestsPerSecond * batch
  const cpu = used && usage ? ((usage.cpuSeconds - used.cpuSeconds) / ((WARM_UP_MS + forMs) / 1000)) * 100 : undefined
  const spent = cpu === undefined ? '' : `, ${cpu.toFixed(0)} % of a core, ${usage!.memoryMb.toFixed(0)} MB`
  return others.map(([name, other], i) => {
    const baseline = other.requestsPerSecond * batch
    return {
      what: `${what}, beside ${name}`,
      figure: i === 0 ? `${figureOf(measured, rate)}${spent}` : figureOf(measured, rate),
      baseline: figureOf(other, baseline),
      ratio: rate / baseline,
      aim: AIMS[name] ?? 'above 1',
    }
  })
}

const AIMS: Record<string, string> = { 'kafkajs alone': 'shows the cost of HTTP', 'HTTP alone': 'at least 0.5' }

function loadOn(peer: Peer, batch: number, connections: number, forMs: number): Promise<Loaded> {
  const { format, topic } = peer
  const bodies = Array.from({ length: 100 }, (_, i) => {
    const keyed = Array.from({ length: batch }, (_, j) => ({ key: `key-${i * batch + j}`, value: newValue() }))
    if (format === 'confluent') return JSON.stringify({ records: keyed })
    const messages = keyed.map((message) => ({ topic, ...message }))
    return JSON.stringify(batch === 1 ? messages[0] : messages)
  })
  const headers = {
    authorization: AUTHORIZATION,
    'content-type': format === 'confluent' ? 'application/vnd.kafka.json.v2+json' : 'application/json',
  }
  const wanted: Load = { url: peer.url, headers, bodies, connections, warmUpMs: WARM_UP_MS, forMs }
  return runProgram<Loaded>('bench/load.ts', wanted)
}

/** Rejects the figure if an acknowledged message is missing in the topic. */
async function counted(bench: Bench, batch: number, work: () => Promise<Loaded>): Promise<Loaded> {
  const before = await sizeOf(bench)
  const loaded = await work()
  const grown = (await sizeOf(bench)) - before
  const { 200: acknowledged = 0, ...others } = loaded.statuses
  if (Object.keys(others).length > 0) throw new Error(`statuses other than 200: ${JSON.stringify(others)}`)
  if (grown < acknowledged * batch)
    throw new Error(`${acknowledged * batch} messages were acknowledged, but only ${grown} are in the topic`)
  return loaded
}

async function sizeOf({ log, topic }: Bench): Promise<number> {
  return (await log.bounds(topic)).reduce((sum, { first, end }) => sum + end - first, 0)
}

/** Reads 200 000 messages from a separate topic. */
async function drains(bench: Bench): Promise<Row[]> {
  const { log, brokers, proxy, progress } = bench
  const topic = `${bench.topic}-full`
  await log.createTopics([{ topic, partitions: PARTITIONS }])
  progress(`filling a topic with ${MESSAGES_TO_DRAIN} messages`)
  for (let sent = 0; sent < MESSAGES_TO_DRAIN; sent += MAX_SEND)
    await log.send(Array.from({ length: MAX_SEND }, (_, i) => ({ topic, key: `${sent + i}`, value: newValue() })))
  const drain = async (way: string): Promise<number> => {
    progress(`draining the topic by ${way}`)
    const wanted = { way, brokers, url: proxy.url, authorization: AUTHORIZATION, topic, count: MESSAGES_TO_DRAIN }
    const { seconds } = await runProgram<{ seconds: number }>('bench/drain.ts', wanted)
    return MESSAGES_TO_DRAIN / seconds
  }
  const baseline = await drain('kafkajs')
  const rows: Row[] = []
  for (const way of ['consume', 'fetch']) {
    const rate = await drain(way)
    rows.push({
      what: `draining ${MESSAGES_TO_DRAIN} messages by /${way}, beside kafkajs alone`,
      figure: `${Math.round(rate)}/s`,
      baseline: `${Math.round(baseline)}/s`,
      ratio: rate / baseline,
      aim: 'shows the cost of HTTP',
    })
  }
  return rows
}
