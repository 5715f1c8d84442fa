/** For tests: ZooKeeper, Kafka and MongoDB of their own, and proxy, processors and edge in a process each. */
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
import { makePart, type Part } from '../history/server-process.ts'
import { lagOf, READABLE, readWorld, sampleCommitted } from '../history/read-world.ts'
import { type RecordingClient, recordingClient } from '../history/recording-client.ts'
import { startTraffic, type Traffic } from '../history/traffic.ts'
import type { Call, Sample } from '../history/world.ts'

export interface RealSystem {
  stack: Stack
  keys: DevKeys
  proxy: Part
  /** They share the partitions; the edge asks the first. */
  processors: [Part, Part]
  edge: Part
  /** What the parts are told by their environment. */
  env: Record<string, string>
  log: Log
  history: Call[]
  parts: readonly Part[]
  /** Another edge beside it, on whatever runs it. */
  edgeOn: (runtime: Runtime) => Promise<Part>
  as: (role: Role, subject: string, at?: Part) => Promise<RecordingClient>
  traffic: (clients?: number) => Promise<Traffic>
  /** I12: resolves when nothing is left to do; throws when there is after `limitMs`. */
  comesToRest: (limitMs?: number) => Promise<void>
  /** Everything that was ever done here, before the checker. */
  violations: () => Promise<string[]>
  close: () => Promise<void>
}

const ROOT = join(import.meta.dirname, '../..')

/** Members that are gone are missed after seconds, as in production after half a minute. */
export const SESSION_MS = 4_000
const KAFKA_SETTINGS = { 'group.min.session.timeout.ms': '1000' }

const SAMPLE_MS = 250
/** All that ever lay there is read at once, on a computer that may be busy. */
const READ_LIMIT_MS = 20_000
const CLIENTS = 6
/** So that three processes and three servers on two cores do what is to be tested, and not only wait for each other. */
const PAUSE_MS = 50

/** @param mutant a rule that the processors break */
export async function startRealSystem(mutant?: string): Promise<RealSystem> {
  const dataDir = await mkdtemp(join(tmpdir(), 'reservoir-system-'))
  const stack = await startStack({ dataDir, kafkaSettings: KAFKA_SETTINGS, onLost: (why) => console.error(why) })
  const keys = await devKeys(dataDir, {})
  const ports = await freePorts([0, 0, 0, 0])
  const env = environmentOf(stack, keys, ports)
  const parts = partsOf(env, ports, mutant)
  const [proxy, first, second, edge] = parts
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
    parts,
    async edgeOn(runtime) {
      const [port] = await freePorts([0])
      const { file, args, env: own } = edgeOn(runtime, { ...env, EDGE_PORT: String(port) })
      return makePart(`the edge on ${runtime}`, port!, { file, args, cwd: ROOT, env: own }, 'TERM')
    },
    as: async (role, subject, at = edge) =>
      recordingClient(() => at.origin, { role, subject, token: await keys.sign({ role, sub: subject }) }, history),
    traffic: (clients = CLIENTS) => startTraffic({ origin, keys, history, clients, pauseMs: PAUSE_MS }),
    async comesToRest(limitMs = 60_000) {
      const deadline = performance.now() + limitMs
      for (let lag: number | string = 'not known'; lag !== 0;) {
        lag = await lagOf(log).catch((error: Error) => error.message)
        if (performance.now() > deadline) throw new Error(`I12 after ${limitMs} ms the lag is ${lag}`)
        await new Promise((resolve) => setTimeout(resolve, 100))
      }
    },
    async violations() {
      const store = await openMongodbStore({ uri: stack.mongodbUri, collections: READABLE })
      const patient = openKafkaLog({ brokers: [stack.brokers], limitMs: READ_LIMIT_MS, report: () => undefined })
      try {
        return check({ history, committed, ...(await readWorld(patient, store)) })
      } finally {
        await Promise.all([patient.close(), store.close()])
      }
    },
    async close() {
      await sampling.stop()
      await Promise.all(parts.map((part) => part.end('SIGKILL')))
      await log.close()
      await stack.close('SIGKILL')
      await rm(dataDir, { recursive: true, force: true })
    },
  }
  try {
    for (const part of parts) part.start()
    for (const part of parts) await part.until(200)
    return system
  } catch (error) {
    await system.close()
    throw error
  }
}

/** One after the other: an answer that overtakes an earlier one would look like an offset that goes back. */
function sample(log: Log, committed: Sample[]): { stop: () => Promise<void> } {
  const stopping = new AbortController()
  const sampling = (async () => {
    while (!stopping.signal.aborted) {
      // While Kafka is away there is nothing to sample.
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

function environmentOf(stack: Stack, { jwks }: DevKeys, ports: Ports): Record<string, string> {
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
    RATE_LIMIT_PER_MINUTE: '0',
    PROXY_LOG_REQUESTS: 'failed',
  }
}

function partsOf(env: Record<string, string>, ports: Ports, mutant = ''): [Part, Part, Part, Part] {
  const node = (name: string, port: number, args: string[], own: Record<string, string> = {}) =>
    makePart(name, port, { file: process.execPath, args, cwd: ROOT, env: { ...env, ...own } })
  const [proxy, first, second, edge] = ports as [number, number, number, number]
  const processor = [...(mutant ? ['--import', './tests/history/plant.ts'] : []), 'processor/node.ts']
  return [
    node('the proxy', proxy, ['proxy/node.ts']),
    node('the first processor', first, processor, { MUTANT: mutant }),
    node('the second processor', second, processor, { MUTANT: mutant, PROCESSOR_PORT: String(second) }),
    node('the edge', edge, ['edge/node.ts']),
  ]
}
