/** `npm run stack`: a real ZooKeeper, Kafka and MongoDB on this computer, with Docker Compose if Docker is running. */
import { once } from 'node:events'
import { join, resolve } from 'node:path'
import { messageOf } from '#platform/log-line.ts'
import { makeFolder } from '#platform/node/folder.ts'
import { devKeys } from './dev/keys.ts'
import { composeStack, hasDocker, refuseRunningContainers } from './stack/docker.ts'
import { type GivenPorts, refuseGiven } from './stack/given-ports.ts'
import { rememberPorts, wantedPorts } from './stack/remembered.ts'
import { openScreen } from './stack/screen.ts'
import { DEFAULT_PORTS, lockData, missing, type RunOptions, startStack } from './stack/stack.ts'
import { npmCommand, Sentence } from './terminal/terminal.ts'

const ROOT = join(import.meta.dirname, '..')

await npmCommand('stack', async ({ values }, end) => {
  if (values.keys) return printKeys()
  const dataDir = resolve(values.data ?? join(ROOT, '.data/stack'))
  makeData(dataDir)
  // Only a check, so that a second stack is refused before it prints anything; the start takes the lock.
  lockData(dataDir)()
  const given = givenPorts(values)
  await refuseGiven(given)
  const byDocker = !values['without-docker'] && (await hasDocker())
  await (byDocker ? refuseRunningContainers(ROOT) : refuseWithout())
  const screen = openScreen()
  screen.open(
    byDocker ? 'with Docker Compose; the data are in its volumes' : `without Docker; data and logs are in ${dataDir}`,
  )

  const lost = Promise.withResolvers<string>()
  const remembered = join(dataDir, 'ports.json')
  const ports = wantedPorts(remembered, given, DEFAULT_PORTS)
  const options: RunOptions = { dataDir, ports, progress: screen.progress, onLost: lost.resolve }
  const starting = byDocker ? composeStack(ROOT, options) : startStack(options)
  const ended = once(end, 'abort')
  const stack = await Promise.race([starting, ended.then(() => undefined)])
  // Servers that have begun to start end with this process.
  if (!stack) return
  await rememberPorts(remembered, stack)
  screen.ready(stack)
  const message = await Promise.race([lost.promise, ended.then(() => undefined)])
  screen.closing()
  await stack.close()
  if (message)
    throw new Sentence(`${message}\nThe other servers have been ended too; npm run stack starts all of them again.`)
})

function makeData(folder: string): void {
  try {
    makeFolder(folder)
  } catch (error) {
    throw new Sentence(`${folder} cannot be created: set --data to a writable folder (${messageOf(error)})`)
  }
}

interface PortOptions {
  'zookeeper-port': number | undefined
  'kafka-port': number | undefined
  'mongodb-port': number | undefined
}

function givenPorts(values: PortOptions): GivenPorts {
  return { zookeeper: values['zookeeper-port'], kafka: values['kafka-port'], mongodb: values['mongodb-port'] }
}

/** Prints the public keys for the tokens of `npm run token`, for the containers of `docker-compose.yml`. */
async function printKeys(): Promise<void> {
  const { jwks, commandKeys } = await devKeys(ROOT)
  console.log(`JWT_JWKS='${JSON.stringify(jwks)}'`)
  console.log(`COMMAND_KEYS=${commandKeys}`)
}

async function refuseWithout(): Promise<void> {
  const lacking = await missing()
  if (!lacking) return
  throw new Sentence(
    [
      `Docker is not running, and without it this computer lacks ${lacking}. Start Docker, or install what is missing:`,
      '  Debian, Ubuntu:  apt-get install openjdk-17-jre-headless maven python3-venv',
      '  macOS:           brew install openjdk@17 maven python',
      'Or use npm start, which needs no servers.',
    ].join('\n'),
  )
}
