/** An overlay's pods as processes on this computer: the rendered settings and commands, with paths and addresses replaced. */
import { execFile } from 'node:child_process'
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import { KAFKA_JARS } from '../../scripts/stack/bring.ts'
import { downloaded } from '../../scripts/stack/download.ts'
import { makeServer, type StackServer } from '../../scripts/stack/server.ts'
import { makePart, type Part } from '../history/server-process.ts'
import { mounted, type Outside, type Started, workload } from './mounted.ts'
import { makePlaces, type Places } from './places.ts'
import type { Resource } from './resource.ts'

const ROOT = join(import.meta.dirname, '../..')
const run = promisify(execFile)

/** As the Jobs themselves have it. */
const JOB_LIMIT_MS = 900_000
const TEND_MS = 1_000

/** What the image has under these names, by its class in Kafka's jars. */
const TOOLS: Readonly<Record<string, string>> = {
  'kafka-topics': 'org.apache.kafka.tools.TopicCommand',
  'kafka-configs': 'kafka.admin.ConfigCommand',
  'kafka-acls': 'kafka.admin.AclCommand',
  'kafka-broker-api-versions': 'kafka.admin.BrokerApiVersionsCommand',
}
const SERVERS: Readonly<Record<string, string>> = {
  'kafka-server-start': 'kafka.Kafka',
  'zookeeper-server-start': 'org.apache.zookeeper.server.quorum.QuorumPeerMain',
}

export interface Cluster {
  places: Places
  /** `zookeeper-0`, `kafka-0` and so on. */
  servers: Readonly<Record<string, StackServer>>
  /** Runs a Job to its end. */
  job: (name: string) => Promise<void>
  /** A pod's first container, its port's variable and what else is to be set beside what the manifests say. */
  part: (deployment: string, port: { name: string; number: number }, env?: Record<string, string>) => Part
  /** Runs the rendered probe of a pod; throws if it fails. */
  probe: (pod: string, kind: 'live' | 'ready') => Promise<void>
  /** Below it lies what the pod has mounted. */
  folderOf: (pod: string) => string
  close: () => Promise<void>
}

export interface ClusterOptions {
  folder: string
  outside: Outside
  /** Beside those of Kafka and ZooKeeper: who is behind which Service. */
  services: Readonly<Record<string, readonly string[]>>
}

export async function startCluster(resources: readonly Resource[], options: ClusterOptions): Promise<Cluster> {
  const { folder, outside, services } = options
  const jars = join(await downloaded(KAFKA_JARS, () => {}), 'libs/*')
  const [kafkas, zookeepers] = ['kafka', 'zookeeper'].map((name) => podsOf(resources, name)) as [string[], string[]]
  const places = await makePlaces({ ...services, kafka: kafkas, 'kafka-brokers': kafkas, zookeeper: zookeepers })
  const folderOf = (pod: string): string => join(folder, pod)
  const started = new Map<string, Started>()

  function lay(kind: string, name: string, pod: string, index = 0): Started {
    const within = folderOf(pod)
    const start = mounted(workload(resources, kind, name), resources, { folder: within, outside, index })
    translateFiles(within, within, (text) => places.translate(text, pod))
    const here = (text: string): string => places.translate(text, pod)
    const laid = { ...start, command: start.command.map(here), env: mapped(start.env, here) }
    started.set(pod, laid)
    return laid
  }

  function server(pod: string, name: string, port: number, serves: () => Promise<void>): StackServer {
    const { command, env } = lay('StatefulSet', name, pod, Number(pod.split('-').at(-1)))
    const [file, ...args] = command as [string, ...string[]]
    const machine = [
      env['KAFKA_LOG4J_OPTS']!,
      '-Dzookeeper.jmx.log4j.disable=true',
      '-Xmx256m',
      '-cp',
      jars,
      SERVERS[file]!,
    ]
    return makeServer({
      name: pod,
      port: places.of(pod, port),
      logFile: join(folderOf(pod), 'log.txt'),
      program: async () => ({ file: 'java', args: [...machine, ...args], cwd: folderOf(pod) }),
      serves: () => serves().then(() => true),
      // ZooKeeper keeps the name of a broker that was killed until its session has expired.
      passing: /NodeExists/,
      onLost: (message) => console.error(message),
    })
  }

  const probe = async (pod: string, kind: 'live' | 'ready'): Promise<void> => {
    const [shell, script, ...args] = started.get(pod)!.probes[kind] as [string, string, ...string[]]
    const own = pod.startsWith('zookeeper') ? [...args, '2181'] : args
    const here = own.map((arg) => (/^\d+$/.test(arg) ? String(places.of(pod, Number(arg))) : arg))
    await run(shell, [script, ...here], { timeout: 5_000 })
  }

  const bin = tools(folder, jars)
  const servers: Record<string, StackServer> = {}
  const cluster: Cluster = {
    places,
    servers,
    folderOf,
    probe,
    async job(name) {
      const { command, env } = lay('Job', name, name)
      const [file, ...args] = command as [string, ...string[]]
      const own = { PATH: `${bin}:${process.env['PATH']}`, JDK_JAVA_OPTIONS: process.env['JDK_JAVA_OPTIONS'] }
      await run(file, args, { env: { ...own, ...env }, timeout: JOB_LIMIT_MS })
    },
    part(name, port, env = {}) {
      const pod = `${name}-0`
      const { command, env: given } = lay('Deployment', name, pod)
      const here = places.of(pod, port.number)
      const all = { ...given, [port.name]: String(here), ...env }
      // What Node would read from the Secret is in the environment already.
      const args = command.slice(1).filter((arg) => !arg.startsWith('--env-file'))
      return makePart(pod, here, { file: process.execPath, args, cwd: ROOT, env: all })
    },
    async close() {
      await Promise.all(Object.values(servers).map((server) => server.stop('SIGKILL')))
    },
  }
  try {
    for (const pod of zookeepers) servers[pod] = server(pod, 'zookeeper', 2181, () => probe(pod, 'ready'))
    for (const pod of zookeepers) await identify(pod)
    await Promise.all(zookeepers.map((pod) => servers[pod]!.start()))
    for (const pod of kafkas) servers[pod] = server(pod, 'kafka', 9080, () => probe(pod, 'ready'))
    await Promise.all(kafkas.map((pod) => servers[pod]!.start()))
    return cluster
  } catch (error) {
    await cluster.close()
    throw error
  }

  /** As its init container does. */
  async function identify(pod: string): Promise<void> {
    const [{ command = [], args = [] } = {}] = workload(resources, 'StatefulSet', 'zookeeper').pod.initContainers ?? []
    const index = pod.split('-').at(-1)!
    const [file, ...rest] = [...command, ...args].map((text) => underFolder(text, folderOf(pod))) as [
      string,
      ...string[],
    ]
    await run(file, rest, { env: { ...process.env, POD_INDEX: index } })
  }
}

const podsOf = (resources: readonly Resource[], name: string): string[] => {
  const count = workload(resources, 'StatefulSet', name).resource.spec?.['replicas'] as number
  return Array.from({ length: count }, (_, i) => `${name}-${i}`)
}

const mapped = (env: Record<string, string>, change: (text: string) => string): Record<string, string> =>
  Object.fromEntries(Object.entries(env).map(([name, value]) => [name, change(value)]))

const underFolder = (text: string, folder: string): string =>
  text.replaceAll(/(?<![\w.-])\/(?:var\/lib|run\/secrets|etc\/reservoir)(?=[/\w])?/g, (path) => folder + path)

/** In settings, too, paths and addresses are those of here. */
function translateFiles(folder: string, root: string, translate: (text: string) => string): void {
  for (const path of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const file = join(folder, path)
    if (!/\.(properties|sh)$/.test(path) || !statSync(file).isFile()) continue
    const text = readFileSync(file, 'utf8')
    if (!text.includes(root)) writeFileSync(file, translate(underFolder(text, root)))
  }
}

/** As the kubelet does: what has ended is started again. Answers how to stop it. */
export function tend(parts: readonly Part[]): () => Promise<void> {
  const over = new AbortController()
  const tended = Promise.all(
    parts.map(async (part) => {
      while (!over.signal.aborted) {
        const fault = await part.until(200, 0).then(String, (error: Error) => error.message)
        if (fault.startsWith(`${part.name} has ended`) && !over.signal.aborted) part.start()
        await pause(TEND_MS)
      }
    }),
  )
  return async () => {
    over.abort()
    await tended
  }
}

/** The commands of the image, as scripts that call Kafka's jars. */
function tools(folder: string, jars: string): string {
  const bin = join(folder, 'bin')
  mkdirSync(bin, { recursive: true })
  for (const [name, main] of Object.entries(TOOLS)) {
    const file = join(bin, name)
    writeFileSync(file, `#!/bin/sh\nexec java $KAFKA_HEAP_OPTS -cp '${jars}' ${main} "$@"\n`)
    chmodSync(file, 0o755)
  }
  return bin
}
