/** For tests: a system with its own ZooKeeper, Kafka and MongoDB, and a process each for the proxy, two processors and the edge. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Role } from '#domain/actor.ts'
import { openKafkaLog } from '#log/kafka/kafka-log.ts'
import type { Log } from '#log/log.ts'
import { openMongodbStore } from '#store/mongodb/mongodb-store.ts'
import { type DevKeys, devKeys } from '../../scripts/dev/keys.ts'
import { edgeOn, type Runtime } from '../../scripts/dev/runtimes.ts'
import { freePorts } from '../../scripts/stack/ports.ts'
import { type Stack, startStack } from '../../scripts/stack/stack.ts'
import { check } from '../history/check.ts'
import { makeServerProcess, type ServerProcess } from '../history/server-process.ts'
import { lagOf, READABLE, readWorld, sampleCommitted } from '../history/read-world.ts'
import { type RecordingClient, recordingClient } from '../history/recording-client.ts'
import { startTraffic, type Traffic } from '../history/traffic.ts'
import type { Call, Sample } from '../history/world.ts'

export interface RealSystem {
  stack: Stack
  keys: DevKeys
  proxy: ServerProcess
  /** They share the partitions; the edge queries the first. */
  processors: [ServerProcess, ServerProcess]
  edge: ServerProcess
  /** The environment of the processes. */
  env: Record<string, string>
  log: Log
  history: Call[]
  processes: readonly ServerProcess[]
  /** A second edge on another runtime. */
  edgeOn: (runtime: Runtime) => Promise<ServerProcess>
  as: (role: Role, subject: string, at?: ServerProcess) => Promise<RecordingClient>
  traffic: (clients?: number) => Promise<Traffic>
  /** I12: resolves when the lag is zero; throws if it is not zero within `limitMs`. */
  waitUntilDrained: (limitMs?: number) => Promise<void>
  /** Checks the whole history against I1 to I11. */
  violations: () => Promise<string[]>
  close: () => Promise<void>
}

const ROOT = join(import.meta.dirname, '../..')

/** Short, so that Kafka notices a dead member after seconds; production waits half a minute. */
export const SESSION_MS = 4_000
const KAFKA_SETTINGS = { 'group.min.session.timeout.ms': '1000' }

const SAMPLE_MS = 250
/** Long, because the whole log is read on a busy computer. */
const READ_LIMIT_MS = 20_000
const CLIENTS = 6
/** Limits the load, because all processes and servers share two cores. */
const PAUSE_MS = 50

/** @param mutant name of the rule that the processors break */
export async function startRealSystem(mutant?: string): Promise<RealSystem> {
  const dataDir = await mkdtemp(join(tmpdir(), 'reservoir-system-'))
  const stack = await startStack({ dataDir, kafkaSettings: KAFKA_SETTINGS, onLost: (why) => console.error(why) })
  const keys = await devKeys(dataDir, {})
  const ports = await freePorts([0, 0, 0, 0])
  const env = environmentOf(stack, keys, ports)
  const processes = processesOf(env, ports, mutant)
  const [proxy, first, second, edge] = processes
  const log = openKafkaLog({ brokers: [stack.brokers], report: () => undefined })
  const history: Call[] = []
  const committed: Sample[] = []
  const sampling = sample(log, committed)
  const origin = () => edge.origin

  const system: RealSystem = {
    stack,
    keys,
    proxy,
    processors: [first, second],
    edge,
    env,
    log,
    history,
    processes,
    async edgeOn(runtime) {
      const [port] = await freePorts([0])
      const { file, args, env: overrides } = edgeOn(runtime, { ...env, EDGE_PORT: String(port) })
      return makeServerProcess(`the edge on ${runtime}`, port!, { file, args, cwd: ROOT, env: overrides }, 'TERM')
    },
    as: async (role, subject, at = edge) =>
      recordingClient(() => at.origin, { role, subject, token: await keys.sign({ role, sub: subject }) }, history),
    traffic: (clients = CLIENTS) => startTraffic({ origin, keys, history, clients, pauseMs: PAUSE_MS }),
    async waitUntilDrained(limitMs = 60_000) {
      const deadline = performance.now() + limitMs
      for (let lag: number | string = 'not known'; lag !== 0;) {
        lag = await lagOf(log).catch((error: Error) => error.message)
        if (performance.now() > deadline) throw new Error(`I12 after ${limitMs} ms the lag is ${lag}`)
        await new Promise((resolve) => setTimeout(resolve, 100))
      }
    },
    async violations() {
      const store = await openMongodbStore({ uri: stack.mongodbUri, collections: READABLE })
      const reader = openKafkaLog({ brokers: [stack.brokers], limitMs: READ_LIMIT_MS, report: () => undefined })
      try {
        return check({ history, committed, ...(await readWorld(reader, store)) })
      } finally {
        await Promise.all([reader.close(), store.close()])
      }
    },
    async close() {
      await sampling.stop()
      await Promise.all(processes.map((each) => each.end('SIGKILL')))
      await log.close()
      await stack.close('SIGKILL')
      await rm(dataDir, { recursive: true, force: true })
    },
  }
  try {
    for (const each of processes) each.start()
    for (const each of processes) await each.untilReadiness(200)
    return system
  } catch (error) {
    await system.close()
    throw error
  }
}

/** Samples sequentially: concurrent samples could arrive out of order and look like an offset that goes back. */
function sample(log: Log, committed: Sample[]): { stop: () => Promise<void> } {
  const stopping = new AbortController()
  const sampling = (async () => {
    while (!stopping.signal.aborted) {
      // Without Kafka there is nothing to sample.
      committed.push(...(await sampleCommitted(log).catch(() => [])))
      await new Promise((resolve) => setTimeout(resolve, SAMPLE_MS))
    }
  })()
  return {
    async stop() {
      stopping.abort()
      await sampling
    },
  }
}

type Ports = readonly number[]

function environmentOf(stack: Stack, { jwks, commandKeys }: DevKeys, ports: Ports): Record<string, string> {
  const [proxy, first, , edge] = ports.map(String)
  return {
    PROFILE: 'dev',
    KAFKA_BROKERS: stack.brokers,
    KAFKA_SESSION_TIMEOUT_MS: String(SESSION_MS),
    MONGODB_URI: stack.mongodbUri,
    PROXY_PORT: proxy!,
    PROCESSOR_PORT: first!,
    EDGE_PORT: edge!,
    UPSTASH_KAFKA_REST_URL: `http://127.0.0.1:${proxy}`,
    UPSTASH_KAFKA_REST_USERNAME: 'reservoir',
    UPSTASH_KAFKA_REST_PASSWORD: 'reservoir-dev',
    QUERY_URL: `http://127.0.0.1:${first}`,
    JWT_ISSUER: 'https://reservoir.localhost',
    JWT_AUDIENCE: 'reservoir',
    JWT_JWKS: JSON.stringify(jwks),
    COMMAND_KEYS: commandKeys,
    RATE_LIMIT_PER_MINUTE: '0',
    PROXY_LOG_REQUESTS: 'failed',
  }
}

function processesOf(
  env: Record<string, string>,
  ports: Ports,
  mutant = '',
): [ServerProcess, ServerProcess, ServerProcess, ServerProcess] {
  const node = (name: string, port: number, args: string[], overrides: Record<string, string> = {}) =>
    makeServerProcess(name, port, { file: process.execPath, args, cwd: ROOT, env: { ...env, ...overrides } })
  const [proxy, first, second, edge] = ports as [number, number, number, number]
  const processor = [...(mutant ? ['--import', './tests/history/plant.ts'] : []), 'processor/node.ts']
  return [
    node('the proxy', proxy, ['proxy/node.ts']),
    node('the first processor', first, processor, { MUTANT: mutant }),
    node('the second processor', second, processor, { MUTANT: mutant, PROCESSOR_PORT: String(second) }),
    node('the edge', edge, ['edge/node.ts']),
  ]
}
