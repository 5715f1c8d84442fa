import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { type Command, edgeOn, portIn, type Runtime } from '../../scripts/dev/runtimes.ts'
import type { TestSystem } from '../system/system.ts'

/** An edge as a separate process on any runtime, connected to a test system. */
export interface EdgeProcess {
  url: string
  /** Time from its start to its first answer. */
  startMs: number
  output: () => string
  /** Sends SIGTERM; resolves with the exit code. */
  end: () => Promise<number | null>
}

const groups = new Set<number>()

/** Kills every remaining process group. */
export function killAll(): void {
  for (const group of groups) kill(group)
}

function kill(group: number): void {
  signal(group, 'SIGKILL')
  groups.delete(group)
}

// Also if the test process ends for another reason.
process.on('exit', killAll)

export async function startEdgeProcess(
  runtime: Runtime,
  { endpoints }: TestSystem,
  query = endpoints.query,
): Promise<EdgeProcess> {
  const started = performance.now()
  const child = spawnGroup(edgeOn(runtime, variablesFor({ ...endpoints, query })))
  const output = collect(child)
  const exit = once(child, 'exit').then(([code]) => code as number | null)
  const url = `http://127.0.0.1:${await portOf(runtime, child, output)}`
  await firstAnswer(url)
  return {
    url,
    startMs: performance.now() - started,
    output,
    end() {
      signal(child.pid!, 'SIGTERM')
      return exit
    },
  }
}

/** Starts a process group, so that signals reach all its processes. */
function spawnGroup({ file, args, env }: Command): ChildProcess {
  const child = spawn(file, args, {
    env: { ...process.env, ...env },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const group = child.pid!
  groups.add(group)
  child.once('exit', () => kill(group))
  return child
}

/** Runs a command to its end. */
export async function run(command: Command): Promise<{ code: number | null; output: string }> {
  const child = spawnGroup(command)
  const output = collect(child)
  const [code] = await once(child, 'close')
  return { code, output: output() }
}

function signal(group: number, name: NodeJS.Signals): void {
  try {
    process.kill(-group, name)
  } catch {
    // It has ended by itself.
  }
}

function collect(child: ChildProcess): () => string {
  let text = ''
  for (const stream of [child.stdout!, child.stderr!]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
  }
  return () => text
}

async function portOf(runtime: Runtime, child: ChildProcess, output: () => string): Promise<number> {
  while (child.exitCode === null) {
    const port = portIn(output())
    if (port !== undefined) return port
    await pause()
  }
  throw new Error(`${runtime} did not start: ${output()}`)
}

async function firstAnswer(url: string): Promise<void> {
  while (!(await fetch(`${url}/healthz`).catch(() => undefined))?.ok) await pause()
}

const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 10))

function variablesFor({
  jwks,
  commandKeys,
  issuer,
  audience,
  proxy,
  query,
}: TestSystem['endpoints']): Parameters<typeof edgeOn>[1] {
  return {
    PROFILE: 'dev',
    EDGE_PORT: '0',
    UPSTASH_KAFKA_REST_URL: proxy.url,
    UPSTASH_KAFKA_REST_USERNAME: proxy.username,
    UPSTASH_KAFKA_REST_PASSWORD: proxy.password,
    KAFKA_REQUEST_TOPIC: proxy.topic,
    QUERY_URL: query,
    COMMAND_KEYS: commandKeys,
    JWT_ISSUER: issuer,
    JWT_AUDIENCE: audience,
    JWT_JWKS: JSON.stringify(jwks),
  }
}
