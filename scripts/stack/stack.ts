/** A real ZooKeeper, Kafka and Mongo-wire server on this computer, without Docker: for `npm run stack`, tests and bench. */
import { join } from 'node:path'
import { makeFolder } from '#platform/node/folder.ts'
import { KAFKA_JARS, mongoWire } from './packages.ts'
import { downloaded, type ReportProgress } from './download.ts'
import { type Release, takeLock } from './lock.ts'
import { freePorts } from './ports.ts'
import { makeServer, type StackServer } from './server.ts'
import { Sentence } from '../terminal/terminal.ts'
import { HOST, kafkaOptions, type Listener, mongodbOptions, type Surroundings, zookeeperOptions } from './servers.ts'

export { missing } from './needs.ts'
export { HOST } from './servers.ts'
export type { StackServer } from './server.ts'

export type ServerName = 'zookeeper' | 'kafka' | 'mongodb'

export const DEFAULT_PORTS: Readonly<Record<ServerName, number>> = { zookeeper: 2181, kafka: 9092, mongodb: 27017 }

const ALL: readonly ServerName[] = ['zookeeper', 'kafka', 'mongodb']

export interface StackOptions {
  /** The folder of all data and logs; it is kept. One stack at a time may use it. */
  dataDir: string
  /** The servers to start; Kafka includes ZooKeeper. The others can be started later. All servers by default. */
  servers?: readonly ServerName[]
  /** The preferred ports. A taken or missing port is replaced by any free port. */
  ports?: Partial<Record<ServerName, number>>
  /** The port that the listener `faulty` advertises; a free port by default. */
  faultyPort?: number
  /** Further listeners by name, for SASL and TLS; their other settings go into `kafkaSettings`. */
  kafkaListeners?: Readonly<Record<string, Listener['protocol']>>
  /** Lines of `server.properties`, which override the default ones. */
  kafkaSettings?: Readonly<Record<string, string>>
  /** Receives the progress of downloads and starts. */
  progress?: ReportProgress
  /** Called when a server has ended by itself. */
  onLost?: (message: string) => void
}

/** The options of `npm run stack`, with Docker or without. */
export type RunOptions = Required<Pick<StackOptions, 'dataDir' | 'progress' | 'onLost'>> & {
  ports: typeof DEFAULT_PORTS
}

/** The addresses of the three servers. */
export interface Addresses {
  zookeeper: { port: number }
  /** `host:port`, for `KAFKA_BROKERS`. */
  brokers: string
  mongodbUri: string
}

export interface Stack extends Addresses {
  /** The broker's second listener, and the port on 127.0.0.1 that it advertises, on which a test's proxy can listen. */
  faulty: { broker: string; port: number }
  /** The further listeners: `host:port` by name. */
  listeners: Readonly<Record<string, string>>
  zookeeper: StackServer
  kafka: StackServer
  mongodb: StackServer
  /** Stops all servers, Kafka before ZooKeeper; use `SIGKILL` if the data is not needed. */
  close: (signal?: NodeJS.Signals) => Promise<void>
}

/**
 * Downloads missing servers, and resolves when all requested servers respond. Throws, and stops all servers, if one does not start.
 * No server outlives this process.
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  makeFolder(options.dataDir)
  const release = lockData(options.dataDir)
  try {
    // Ports are chosen after the download, which may take minutes.
    await download(options)
    const stack = await makeStack(options, release)
    await startThose(stack, options)
    return stack
  } catch (error) {
    release()
    throw error
  }
}

async function download({ servers = ALL, progress = () => {} }: StackOptions): Promise<void> {
  const onJava = servers.some((name) => name !== 'mongodb')
  const onPython = servers.includes('mongodb')
  await Promise.all([
    onJava && downloaded(KAFKA_JARS, progress),
    onPython && mongoWire().then((server) => downloaded(server, progress)),
  ])
}

/** @throws Sentence if another stack runs on the folder */
export function lockData(dataDir: string): Release {
  const release = takeLock(join(dataDir, 'running'))
  if (!release) throw new Sentence(`Another stack runs on ${dataDir}: end it, or set --data to another folder.`)
  return release
}

async function makeStack(options: StackOptions, release: Release): Promise<Stack> {
  const around: Surroundings = {
    dataDir: options.dataDir,
    progress: options.progress ?? (() => {}),
    onLost: options.onLost ?? (() => {}),
  }
  const { zookeeper: zookeeperPort, kafka: port, mongodb: mongodbPort, listeners } = await choosePorts(options)
  const settings = options.kafkaSettings ?? {}
  const zookeeper = makeServer(await zookeeperOptions(around, zookeeperPort))
  const kafka = makeServer(await kafkaOptions(around, { port, zookeeperPort, listeners, settings }))
  const mongodb = makeServer(await mongodbOptions(around, mongodbPort))
  const [faulty, ...further] = listeners
  return {
    brokers: `${HOST}:${port}`,
    faulty: { broker: `${HOST}:${faulty!.port}`, port: faulty!.advertised! },
    listeners: Object.fromEntries(further.map(({ name, port }) => [name, `${HOST}:${port}`])),
    mongodbUri: `mongodb://${HOST}:${mongodbPort}/`,
    zookeeper,
    kafka,
    mongodb,
    async close(signal) {
      const kafkaThenZookeeper = kafka.stop(signal).then(() => zookeeper.stop(signal))
      await Promise.all([kafkaThenZookeeper, mongodb.stop(signal)])
      release()
    },
  }
}

interface Ports extends Record<ServerName, number> {
  listeners: Listener[]
}

async function choosePorts({ ports = {}, faultyPort = 0, kafkaListeners = {} }: StackOptions): Promise<Ports> {
  const names = Object.keys(kafkaListeners)
  const wanted = [ports.zookeeper ?? 0, ports.kafka ?? 0, ports.mongodb ?? 0, faultyPort, 0, ...names.map(() => 0)]
  const [zookeeper, kafka, mongodb, anyFaulty, port, ...further] = await freePorts(wanted)
  // The port is not checked, because the caller may already listen on it.
  const advertised = faultyPort || anyFaulty!
  const faulty: Listener = { name: 'FAULTY', protocol: 'PLAINTEXT', port: port!, advertised }
  const named = names.map((name, i): Listener => ({ name, protocol: kafkaListeners[name]!, port: further[i]! }))
  return { zookeeper: zookeeper!, kafka: kafka!, mongodb: mongodb!, listeners: [faulty, ...named] }
}

async function startThose(stack: Stack, { servers = ALL, progress }: StackOptions): Promise<void> {
  const start = async (server: StackServer): Promise<void> => {
    progress?.(`${server.name} starts on port ${server.port}`)
    await server.start()
  }
  const withKafka = servers.includes('kafka')
  const log = async (): Promise<void> => {
    if (withKafka || servers.includes('zookeeper')) await start(stack.zookeeper)
    if (withKafka) await start(stack.kafka)
  }
  const store = async (): Promise<void> => {
    if (servers.includes('mongodb')) await start(stack.mongodb)
  }
  const outcomes = await Promise.allSettled([log(), store()])
  const failed = outcomes.find((outcome) => outcome.status === 'rejected')
  if (!failed) return
  await stack.close('SIGKILL')
  throw failed.reason
}
