/** Runs the same three servers in containers of `docker-compose.yml`. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { makeFolder } from '#platform/node/folder.ts'
import { Sentence } from '../terminal/terminal.ts'
import { run } from './packages.ts'
import { freePorts } from './ports.ts'
import { kafkaServes, mongoServes, zookeeperServes } from './ready.ts'
import { makeServer } from './server.ts'
import { type Addresses, HOST, lockData, type RunOptions } from './stack.ts'

const LIMIT_MS = 15_000
const SERVICES = ['zookeeper', 'kafka', 'mongodb']

/** Whether Docker runs and Docker Compose is installed. */
export async function hasDocker(): Promise<boolean> {
  const answers = await Promise.all([prints(['info']), prints(['compose', 'version'])])
  return answers.every(Boolean)
}

const prints = (args: readonly string[]): Promise<boolean> =>
  new Promise((resolve) => execFile('docker', args, { timeout: LIMIT_MS }, (error) => resolve(!error)))

/** Resolves when all three servers respond. Compose receives a signal when this process ends, and stops the containers. */
export async function composeStack(
  root: string,
  { dataDir, ports, progress, onLost }: RunOptions,
): Promise<Addresses & { close: () => Promise<void> }> {
  const compose = composeIn(root)
  makeFolder(dataDir)
  const release = lockData(dataDir)
  const wanted = [ports.zookeeper, ports.kafka, ports.mongodb]
  const [zookeeper, kafka, mongodb] = (await freePorts(wanted)) as [number, number, number]
  const env = { ZOOKEEPER_PORT: String(zookeeper), KAFKA_PORT: String(kafka), MONGODB_PORT: String(mongodb) }
  await run({ file: 'docker', args: [...compose, 'pull', ...SERVICES], env }, progress)
  const server = makeServer({
    name: 'Docker Compose',
    port: kafka,
    logFile: join(dataDir, 'docker-compose.txt'),
    program: async () => ({ file: 'docker', args: [...compose, 'up', '--no-build', ...SERVICES], env }),
    last: 'TERM',
    async serves() {
      const answers = [zookeeperServes(zookeeper), kafkaServes(kafka), mongoServes(mongodb)]
      return (await Promise.all(answers)).every(Boolean)
    },
    onLost,
  })
  const close = async (): Promise<void> => {
    await server.stop()
    await run({ file: 'docker', args: [...compose, 'stop', ...SERVICES], env }, () => {})
    release()
  }
  progress('the containers start')
  try {
    await server.start()
  } catch (error) {
    await close()
    throw error
  }
  return {
    zookeeper: { port: zookeeper },
    brokers: `${HOST}:${kafka}`,
    mongodbUri: `mongodb://${HOST}:${mongodb}/`,
    close,
  }
}

const composeIn = (root: string): string[] => ['compose', '--file', join(root, 'docker-compose.yml')]

/** With other ports Compose would recreate the running containers while clients use them. */
export async function refuseRunningContainers(root: string): Promise<void> {
  const { stdout } = await promisify(execFile)('docker', [
    ...composeIn(root),
    'ps',
    '--status',
    'running',
    '--services',
  ])
  const running = stdout.split('\n').filter((name) => SERVICES.includes(name))
  if (running.length === 0) return
  throw new Sentence(
    `Docker Compose already runs ${running.join(', ')}: use them, or end them with docker compose down.`,
  )
}
