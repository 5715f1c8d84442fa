import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { makeFolder, makePrivateFolder } from '#platform/node/folder.ts'
import { KAFKA_JARS, mongoWire } from './packages.ts'
import { downloaded, type ReportProgress } from './download.ts'
import type { Program } from './guarded.ts'
import { kafkaServes, mongoServes, zookeeperServes } from './ready.ts'
import type { ServerOptions } from './server.ts'

/** The options that the three servers share. */
export interface Surroundings {
  dataDir: string
  progress: ReportProgress
  onLost: ServerOptions['onLost']
}

export const HOST = '127.0.0.1'

const LOG4J = `log4j.rootLogger=INFO, out
log4j.appender.out=org.apache.log4j.ConsoleAppender
log4j.appender.out.layout=org.apache.log4j.PatternLayout
log4j.appender.out.layout.ConversionPattern=%d %p %m (%c{1})%n
log4j.logger.org.apache.zookeeper=WARN
log4j.logger.org.apache.kafka=WARN
log4j.logger.kafka=WARN
log4j.logger.kafka.server.KafkaServer=INFO
`

async function java(around: Surroundings, folder: string, heapMb: number, args: readonly string[]): Promise<Program> {
  const cache = await downloaded(KAFKA_JARS, around.progress)
  await writeFile(join(folder, 'log4j.properties'), LOG4J)
  const machine = [
    `-Xms${heapMb / 4}m`,
    `-Xmx${heapMb}m`,
    '-Djava.awt.headless=true',
    '-Dzookeeper.jmx.log4j.disable=true',
  ]
  const log4j = `-Dlog4j.configuration=file:${join(folder, 'log4j.properties')}`
  return { file: 'java', args: [...machine, log4j, '-cp', join(cache, 'libs/*'), ...args], cwd: folder }
}

const properties = (lines: Readonly<Record<string, string | number>>): string =>
  Object.entries(lines)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('')

function folderFor({ dataDir }: Surroundings, name: string): string {
  const folder = join(dataDir, name)
  makePrivateFolder(folder)
  makeFolder(join(folder, 'data'))
  return folder
}

export async function zookeeperOptions(around: Surroundings, port: number): Promise<ServerOptions> {
  const folder = folderFor(around, 'zookeeper')
  const settings = join(folder, 'zoo.cfg')
  await writeFile(
    settings,
    properties({
      dataDir: join(folder, 'data'),
      clientPort: port,
      clientPortAddress: HOST,
      tickTime: 1_000,
      maxClientCnxns: 0,
      'admin.enableServer': 'false',
    }),
  )
  return {
    name: 'ZooKeeper',
    port,
    logFile: join(folder, 'log.txt'),
    program: () => java(around, folder, 128, ['org.apache.zookeeper.server.quorum.QuorumPeerMain', settings]),
    serves: () => zookeeperServes(port),
    onLost: around.onLost,
  }
}

/** A listener beside the two default ones. */
export interface Listener {
  name: string
  protocol: 'PLAINTEXT' | 'SSL' | 'SASL_PLAINTEXT' | 'SASL_SSL'
  port: number
  /** The port that it advertises to clients, if it differs. */
  advertised?: number
}

export interface KafkaOptions {
  port: number
  zookeeperPort: number
  listeners: readonly Listener[]
  /** Lines of `server.properties`, which override the default ones. */
  settings: Readonly<Record<string, string>>
}

export async function kafkaOptions(around: Surroundings, options: KafkaOptions): Promise<ServerOptions> {
  const { port, settings } = options
  const folder = folderFor(around, 'kafka')
  const file = join(folder, 'server.properties')
  await writeFile(file, properties({ ...kafkaSettings(options, join(folder, 'data')), ...settings }))
  return {
    name: 'Kafka',
    port,
    logFile: join(folder, 'log.txt'),
    program: () => java(around, folder, 512, ['kafka.Kafka', file]),
    serves: () => kafkaServes(port),
    // ZooKeeper keeps the registration of a killed broker until its session expires.
    temporary: /NodeExists/,
    onLost: around.onLost,
  }
}

function kafkaSettings(
  { port, zookeeperPort, listeners }: KafkaOptions,
  data: string,
): Record<string, string | number> {
  const all: readonly Listener[] = [{ name: 'PLAINTEXT', protocol: 'PLAINTEXT', port }, ...listeners]
  return {
    'broker.id': 0,
    'zookeeper.connect': `${HOST}:${zookeeperPort}`,
    'zookeeper.session.timeout.ms': 6_000,
    'zookeeper.connection.timeout.ms': 30_000,
    listeners: all.map(({ name, port }) => `${name}://${HOST}:${port}`).join(),
    'advertised.listeners': all.map(({ name, port, advertised = port }) => `${name}://${HOST}:${advertised}`).join(),
    'listener.security.protocol.map': all.map(({ name, protocol }) => `${name}:${protocol}`).join(),
    'inter.broker.listener.name': 'PLAINTEXT',
    'log.dirs': data,
    'num.partitions': 3,
    'auto.create.topics.enable': 'false',
    'offsets.topic.replication.factor': 1,
    'offsets.topic.num.partitions': 4,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'transaction.state.log.num.partitions': 4,
    'group.initial.rebalance.delay.ms': 0,
    'log.cleaner.dedupe.buffer.size': 16 * 1024 ** 2,
  }
}

export async function mongodbOptions(around: Surroundings, port: number): Promise<ServerOptions> {
  const folder = folderFor(around, 'mongodb')
  // Without its own settings file, the server would read the user's.
  const settings = join(folder, 'secantusdb.toml')
  await writeFile(settings, '')
  // A member of a replica set reports, while it ends, that it has left the set; a client then drops its address for good.
  const args = ['--config', settings, '--host', HOST, '--port', String(port), '--sync-on-commit', '--standalone']
  const run = 'import sys; from secantus.cli import main; sys.exit(main())'
  return {
    name: 'MongoDB (Mongo-wire)',
    port,
    logFile: join(folder, 'log.txt'),
    async program() {
      const cache = await downloaded(await mongoWire(), around.progress)
      const data = ['--storage-path', join(folder, 'data')]
      return { file: join(cache, 'bin/python3'), args: ['-c', run, ...args, ...data], cwd: folder }
    },
    serves: () => mongoServes(port),
    onLost: around.onLost,
  }
}
