/** A real ZooKeeper, Kafka and Mongo-wire server on this computer, without Docker: for `npm run stack`, tests and bench. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { KAFKA_JARS, mongoWire } from './bring.ts'
import { downloaded, type Tell } from './download.ts'
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
  /** Everything lies there, logs too; kept. One stack at a time. */
  dataDir: string
  /** Which are started now; Kafka brings ZooKeeper. The others can be started later. All of them unless named. */
  servers?: readonly ServerName[]
  /** Wanted; another port where it is taken, any free one where it is not named. */
  ports?: Partial<Record<ServerName, number>>
  /** What the listener `faulty` advertises; a free port unless named. */
  faultyPort?: number
  /** Further listeners by name, for SASL and TLS; what they need beside it goes into `kafkaSettings`. */
  kafkaListeners?: Readonly<Record<string, Listener['protocol']>>
  /** Lines of `server.properties`, which win over ours. */
  kafkaSettings?: Readonly<Record<string, string>>
  /** Told what goes on: downloads, starts. */
  tell?: Tell
  /** Told when a server has ended by itself. */
  onLost?: (message: string) => void
}

/** What `npm run stack` asks of a stack, with Docker or without. */
export type RunOptions = Required<Pick<StackOptions, 'dataDir' | 'tell' | 'onLost'>> & { ports: typeof DEFAULT_PORTS }

/** Where the three are, however they have been started. */
export interface Addresses {
  zookeeper: { port: number }
  /** `host:port`, for `KAFKA_BROKERS`. */
  brokers: string
  mongodbUri: string
}

export interface Stack extends Addresses {
  /** The broker's second listener: where it is, and which port on 127.0.0.1 it tells clients, for a proxy to listen on. */
  faulty: { broker: string; port: number }
  /** Of the further listeners, `host:port` by name. */
  listeners: Readonly<Record<string, string>>
  zookeeper: StackServer
  kafka: StackServer
  mongodb: StackServer
  /** Ends all of them, Kafka before ZooKeeper; `SIGKILL` where the data are thrown away. */
  close: (signal?: NodeJS.Signals) => Promise<void>
}

/**
 * Resolves once those asked for serve; throws, leaving none behind, if one of them does not. What is not there is downloaded
 * first. None of them outlives this process.
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  await mkdir(options.dataDir, { recursive: true })
  const release = lockData(options.dataDir)
  try {
    // Ports are chosen afterwards: minutes may have passed.
    await download(options)
    const stack = await makeStack(options, release)
    await startThose(stack, options)
    return stack
  } catch (error) {
    release()
    throw error
  }
}

async function download({ servers = ALL, tell = () => {} }: StackOptions): Promise<void> {
  const onJava = servers.some((name) => name !== 'mongodb')
  const onPython = servers.includes('mongodb')
  await Promise.all([
    onJava && downloaded(KAFKA_JARS, tell),
    onPython && mongoWire().then((server) => downloaded(server, tell)),
  ])
}

function lockData(dataDir: string): Release {
  const release = takeLock(join(dataDir, 'running'))
  if (!release) throw new Sentence(`Another stack runs on ${dataDir}: end it, or choose another folder.`)
  return release
}

async function makeStack(options: StackOptions, release: Release): Promise<Stack> {
  const around: Surroundings = {
    dataDir: options.dataDir,
    tell: options.tell ?? (() => {}),
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
  // Who names it may be listening there already.
  const advertised = faultyPort || anyFaulty!
  const faulty: Listener = { name: 'FAULTY', protocol: 'PLAINTEXT', port: port!, advertised }
  const named = names.map((name, i): Listener => ({ name, protocol: kafkaListeners[name]!, port: further[i]! }))
  return { zookeeper: zookeeper!, kafka: kafka!, mongodb: mongodb!, listeners: [faulty, ...named] }
}

async function startThose(stack: Stack, { servers = ALL, tell }: StackOptions): Promise<void> {
  const start = async (server: StackServer): Promise<void> => {
    tell?.(`${server.name} starts on port ${server.port}`)
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
