/**
 * Runs an overlay's pods as local processes: their rendered settings and commands, with paths and addresses replaced. Our processes
 * get Node's options of the image and the memory limit of the pod.
 */
import { execFile } from 'node:child_process'
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import { limitMemory, type MemoryLimit } from '../../scripts/attack/memory-limit.ts'
import type { Program } from '../../scripts/stack/guarded.ts'
import { KAFKA_JARS } from '../../scripts/stack/packages.ts'
import { downloaded } from '../../scripts/stack/download.ts'
import { makeServer, type StackServer } from '../../scripts/stack/server.ts'
import { makeServerProcess, type ServerProcess } from '../history/server-process.ts'
import { mounted, type ManualContent, type ContainerStart, workload } from './mounted.ts'
import { makeLocalAddresses, type LocalAddresses } from './local-addresses.ts'
import { inherited, parseDockerfile } from './dockerfile.ts'
import type { Container, Resource } from './resource.ts'

const ROOT = join(import.meta.dirname, '../..')
const run = promisify(execFile)

/** The deadline of the Jobs in the manifests. */
const JOB_LIMIT_MS = 900_000
const SHELL_LIMIT_MS = 60_000
const RESTART_CHECK_MS = 1_000

/** Commands of the Kafka image and their classes in Kafka's jars. */
const TOOLS: Readonly<Record<string, string>> = {
  'kafka-topics': 'org.apache.kafka.tools.TopicCommand',
  'kafka-configs': 'kafka.admin.ConfigCommand',
  'kafka-acls': 'kafka.admin.AclCommand',
  'kafka-broker-api-versions': 'kafka.admin.BrokerApiVersionsCommand',
  'kafka-consumer-groups': 'org.apache.kafka.tools.consumer.group.ConsumerGroupCommand',
}
const SERVERS: Readonly<Record<string, string>> = {
  'kafka-server-start': 'kafka.Kafka',
  'zookeeper-server-start': 'org.apache.zookeeper.server.quorum.QuorumPeerMain',
}

export interface Cluster {
  addresses: LocalAddresses
  /** `zookeeper-0`, `kafka-0` and so on. */
  servers: Readonly<Record<string, StackServer>>
  /** Runs a Job to its end. */
  job: (name: string) => Promise<void>
  /** Runs lines of Bash whose `kubectl exec` runs a command in the pod. Returns what they print. */
  shell: (pod: string, lines: string) => Promise<string>
  /** The first container of a Deployment's pod. `port.name` is the variable of its port; `env` overrides the manifests. */
  process: (deployment: string, port: { name: string; number: number }, env?: Record<string, string>) => ServerProcess
  /** Runs the rendered probe of a pod; throws if it fails. */
  probe: (pod: string, kind: 'live' | 'ready') => Promise<void>
  /** The local folder of the pod's mounts. */
  folderOf: (pod: string) => string
  close: () => Promise<void>
}

export interface ClusterOptions {
  folder: string
  manualContent: ManualContent
  /** The pods behind each Service, except those of Kafka and ZooKeeper. */
  services: Readonly<Record<string, readonly string[]>>
}

export async function startCluster(resources: readonly Resource[], options: ClusterOptions): Promise<Cluster> {
  const { folder, manualContent, services } = options
  const jars = join(await downloaded(KAFKA_JARS, () => {}), 'libs/*')
  const [kafkas, zookeepers] = ['kafka', 'zookeeper'].map((name) => podsOf(resources, name)) as [string[], string[]]
  const addresses = await makeLocalAddresses({
    ...services,
    kafka: kafkas,
    'kafka-brokers': kafkas,
    zookeeper: zookeepers,
  })
  const folderOf = (pod: string): string => join(folder, pod)
  const started = new Map<string, ContainerStart>()

  function preparePod(kind: string, name: string, pod: string, index = 0): ContainerStart {
    const within = folderOf(pod)
    const start = mounted(workload(resources, kind, name), resources, { folder: within, manualContent, index })
    translateFiles(within, within, (text) => addresses.translate(text, pod))
    const translate = (text: string): string => addresses.translate(text, pod)
    const prepared = { ...start, command: start.command.map(translate), env: mapped(start.env, translate) }
    started.set(pod, prepared)
    return prepared
  }

  function server(pod: string, name: string, port: number, serves: () => Promise<void>): StackServer {
    const { command, env } = preparePod('StatefulSet', name, pod, Number(pod.split('-').at(-1)))
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
      port: addresses.portOf(pod, port),
      logFile: join(folderOf(pod), 'log.txt'),
      program: async () => ({ file: 'java', args: [...machine, ...args], cwd: folderOf(pod) }),
      serves: () => serves().then(() => true),
      // ZooKeeper keeps the name of a killed broker until its session expires.
      temporary: /NodeExists/,
      onLost: (message) => console.error(message),
    })
  }

  const probe = async (pod: string, kind: 'live' | 'ready'): Promise<void> => {
    const [shell, script, ...args] = started.get(pod)!.probes[kind] as [string, string, ...string[]]
    const allArgs = pod.startsWith('zookeeper') ? [...args, '2181'] : args
    const translated = allArgs.map((arg) => (/^\d+$/.test(arg) ? String(addresses.portOf(pod, Number(arg))) : arg))
    await run(shell, [script, ...translated], { timeout: 5_000 })
  }

  const limits: MemoryLimit[] = []
  /** With Node's options of the image and, where the computer permits it, under the memory limit of the pod. */
  function asPod(deployment: string, program: Program): Program {
    const NODE_OPTIONS = nodeOptionsOf(workload(resources, 'Deployment', deployment).pod.containers[0]!)
    const inImage = { ...program, env: { ...program.env, NODE_OPTIONS } }
    const limit = limitMemory(`${deployment}-${limits.length}`, memoryOf(resources, deployment))
    if (limit) limits.push(limit)
    return limit?.within(inImage) ?? inImage
  }

  const added = {
    PATH: `${tools(folder, jars)}:${process.env['PATH']}`,
    JDK_JAVA_OPTIONS: process.env['JDK_JAVA_OPTIONS'],
  }
  const servers: Record<string, StackServer> = {}
  const cluster: Cluster = {
    addresses,
    servers,
    folderOf,
    probe,
    async job(name) {
      const { command, env } = preparePod('Job', name, name)
      const [file, ...args] = command as [string, ...string[]]
      await run(file, args, { env: { ...added, ...env }, timeout: JOB_LIMIT_MS })
    },
    async shell(pod, lines) {
      const { env } = started.get(pod)!
      const translated = addresses.translate(underFolder(lines, folderOf(pod)), pod)
      const { stdout } = await run('bash', ['-euc', translated], { env: { ...added, ...env }, timeout: SHELL_LIMIT_MS })
      return stdout
    },
    process(name, port, env = {}) {
      const pod = `${name}-0`
      const { command, env: given } = preparePod('Deployment', name, pod)
      const localPort = addresses.portOf(pod, port.number)
      const all = { ...given, [port.name]: String(localPort), ...env }
      // The environment already has the variables of the Secret.
      const args = command.slice(1).filter((arg) => !arg.startsWith('--env-file'))
      return makeServerProcess(pod, localPort, asPod(name, { file: process.execPath, args, cwd: ROOT, env: all }))
    },
    async close() {
      await Promise.all(Object.values(servers).map((server) => server.stop('SIGKILL')))
      for (const { remove } of limits) remove()
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

  /** Runs the init container of a ZooKeeper pod, which writes the server's id. */
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

const MEBIBYTES: Readonly<Record<string, number>> = { Mi: 1, Gi: 1024 }

/** The bytes of the memory limit of a Deployment's first container. */
export function memoryOf(resources: readonly Resource[], deployment: string): number {
  const text = workload(resources, 'Deployment', deployment).pod.containers[0]!.resources?.limits?.['memory'] ?? ''
  const [, count, unit] = /^(\d+)(Mi|Gi)$/.exec(text) ?? []
  if (count === undefined) throw new Error(`${deployment} has no memory limit in Mi or Gi`)
  return Number(count) * MEBIBYTES[unit!]! * 2 ** 20
}

/** `NODE_OPTIONS` of the Dockerfile's stage for the image. */
function nodeOptionsOf({ image }: Container): string {
  const stage = /^reservoir\/(\w+):/.exec(image)![1]!
  const variables = inherited(parseDockerfile(readFileSync(join(ROOT, 'Dockerfile'), 'utf8')), stage, 'ENV')
  return variables.find((text) => text.startsWith('NODE_OPTIONS='))!.slice('NODE_OPTIONS='.length)
}

const podsOf = (resources: readonly Resource[], name: string): string[] => {
  const count = workload(resources, 'StatefulSet', name).resource.spec?.['replicas'] as number
  return Array.from({ length: count }, (_, i) => `${name}-${i}`)
}

const mapped = (env: Record<string, string>, change: (text: string) => string): Record<string, string> =>
  Object.fromEntries(Object.entries(env).map(([name, value]) => [name, change(value)]))

const underFolder = (text: string, folder: string): string =>
  text.replaceAll(/(?<![\w.-])\/(?:var\/lib|run\/secrets|etc\/reservoir)(?=[/\w])?/g, (path) => folder + path)

/** Replaces paths and addresses in the mounted settings and scripts. */
function translateFiles(folder: string, root: string, translate: (text: string) => string): void {
  for (const path of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const file = join(folder, path)
    if (!/\.(properties|sh)$/.test(path) || !statSync(file).isFile()) continue
    const text = readFileSync(file, 'utf8')
    if (!text.includes(root)) writeFileSync(file, translate(underFolder(text, root)))
  }
}

/** Restarts processes that have ended, as the kubelet does. Returns a function that stops this. */
export function restartEnded(processes: readonly ServerProcess[]): () => Promise<void> {
  const stopped = new AbortController()
  const restarting = Promise.all(
    processes.map(async (each) => {
      while (!stopped.signal.aborted) {
        const fault = await each.untilReadiness(200, 0).then(String, (error: Error) => error.message)
        if (fault.startsWith(`${each.name} has ended`) && !stopped.signal.aborted) each.start()
        await pause(RESTART_CHECK_MS)
      }
    }),
  )
  return async () => {
    stopped.abort()
    await restarting
  }
}

/** The log of the image's tools, unless KAFKA_LOG4J_OPTS names other settings. */
const TOOLS_LOG = [
  'log4j.rootLogger=WARN, stderr',
  'log4j.appender.stderr=org.apache.log4j.ConsoleAppender',
  'log4j.appender.stderr.layout=org.apache.log4j.PatternLayout',
  'log4j.appender.stderr.Target=System.err',
]

/** Writes the commands of the Kafka image as scripts that call Kafka's jars, and a kubectl for one pod. Returns their folder. */
function tools(folder: string, jars: string): string {
  const bin = join(folder, 'bin')
  mkdirSync(bin, { recursive: true })
  const log = join(bin, 'tools-log4j.properties')
  writeFileSync(log, TOOLS_LOG.join('\n'))
  const write = (name: string, line: string): void => {
    writeFileSync(join(bin, name), `#!/bin/sh\n${line}\n`)
    chmodSync(join(bin, name), 0o755)
  }
  for (const [name, main] of Object.entries(TOOLS)) {
    const logOptions = `\${KAFKA_LOG4J_OPTS:--Dlog4j.configuration=file:${log}}`
    write(name, `exec java $KAFKA_HEAP_OPTS ${logOptions} -cp '${jars}' ${main} "$@"`)
  }
  write('kubectl', 'while [ "$1" != -- ]; do shift; done; shift; exec "$@"')
  return bin
}
