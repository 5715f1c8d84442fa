/** The system under attack: edge, proxy and processor as processes under memory limits, on a real Kafka and Mongo-wire server. */
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pause } from '#platform/deadline.ts'
import { devKeys } from '../dev/keys.ts'
import { killGroup, spawnGuarded } from '../stack/guarded.ts'
import { freePorts } from '../stack/ports.ts'
import { Sentence } from '../terminal/terminal.ts'
import { limitMemory, type MemoryLimit } from './memory-limit.ts'

const ROOT = join(import.meta.dirname, '../..')
const READY_LIMIT_MS = 60_000

export const PARTS = ['proxy', 'processor', 'edge'] as const
export type Part = (typeof PARTS)[number]

export interface Target {
  urls: Readonly<Record<Part, string>>
  token: (role: 'traveler' | 'owner', subject: string) => Promise<string>
  /** The parts that have ended since the start. */
  ended: () => Part[]
  /** Whether the kernel limits their memory. */
  isLimited: boolean
  close: () => Promise<void>
}

export interface Servers {
  brokers: string
  mongodbUri: string
}

/** An account of the proxy that may only read one topic, and make groups of its own. */
export const INTRUDER = {
  username: 'intruder',
  password: 'intruder',
  consume: ['intruder-topic'],
  groups: ['intruder-*'],
}

export async function startTarget({ brokers, mongodbUri }: Servers, memoryMiB: number): Promise<Target> {
  const folder = await mkdtemp(join(tmpdir(), 'reservoir-attack-'))
  const keys = await devKeys(folder, {})
  const [proxy, processor, edge] = await freePorts([0, 0, 0])
  const ports: Record<Part, number> = { proxy: proxy!, processor: processor!, edge: edge! }
  const urls = urlsOf(ports)
  const env = {
    PROFILE: 'dev',
    KAFKA_BROKERS: brokers,
    MONGODB_URI: mongodbUri,
    PROXY_PORT: String(proxy),
    PROCESSOR_PORT: String(processor),
    EDGE_PORT: String(edge),
    UPSTASH_KAFKA_REST_URL: urls.proxy,
    UPSTASH_KAFKA_REST_USERNAME: 'reservoir',
    UPSTASH_KAFKA_REST_PASSWORD: 'reservoir-dev',
    PROXY_USERS: JSON.stringify([INTRUDER]),
    PROXY_TOPICS: '',
    QUERY_URL: urls.processor,
    JWT_ISSUER: 'https://reservoir.localhost',
    JWT_AUDIENCE: 'reservoir',
    JWT_JWKS: JSON.stringify(keys.jwks),
    COMMAND_KEYS: keys.commandKeys,
    PROXY_LOG_REQUESTS: 'failed',
    // As in our images: the heap gets half of the limit.
    NODE_OPTIONS: '--max-old-space-size-percentage=50',
  }
  const limits: MemoryLimit[] = []
  const children = new Map<Part, ChildProcess>()
  const output = new Map<Part, string>()

  function start(part: Part): void {
    const program = { file: process.execPath, args: [`${part}/node.ts`], env, cwd: ROOT }
    const limit = limitMemory(part, memoryMiB * 2 ** 20)
    if (limit) limits.push(limit)
    const child = spawnGuarded(limit ? limit.within(program) : program, 'pipe')
    for (const stream of [child.stdout!, child.stderr!])
      stream
        .setEncoding('utf8')
        .on('data', (text: string) => output.set(part, `${output.get(part) ?? ''}${text}`.slice(-4_000)))
    children.set(part, child)
  }

  const hasEnded = (part: Part): boolean => {
    const { exitCode, signalCode } = children.get(part)!
    return exitCode !== null || signalCode !== null
  }

  async function close(): Promise<void> {
    for (const child of children.values()) {
      if (child.exitCode === null && child.signalCode === null) {
        killGroup(child)
        await once(child, 'exit')
      }
    }
    for (const limit of limits) limit.remove()
    await rm(folder, { recursive: true, force: true })
  }

  try {
    for (const part of PARTS) start(part)
    for (const part of PARTS) await untilReady(part)
  } catch (error) {
    await close()
    throw error
  }

  async function untilReady(part: Part): Promise<void> {
    const deadline = performance.now() + READY_LIMIT_MS
    while ((await fetch(`${urls[part]}/readyz`).catch(() => undefined))?.status !== 200) {
      if (hasEnded(part) || performance.now() > deadline)
        throw new Sentence(`The ${part} is not ready within ${memoryMiB} MiB:\n${output.get(part) ?? ''}`)
      await pause(50)
    }
  }

  return {
    urls,
    token: (role, subject) => keys.sign({ role, sub: subject }),
    ended: () => PARTS.filter(hasEnded),
    isLimited: limits.length === PARTS.length,
    close,
  }
}

const urlsOf = (ports: Readonly<Record<Part, number>>): Record<Part, string> => ({
  proxy: `http://127.0.0.1:${ports.proxy}`,
  processor: `http://127.0.0.1:${ports.processor}`,
  edge: `http://127.0.0.1:${ports.edge}`,
})
