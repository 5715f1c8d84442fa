/** `npm run stack`: a real ZooKeeper, Kafka and MongoDB on this computer, by Docker Compose where an engine answers. */
import { once } from 'node:events'
import { join, resolve } from 'node:path'
import { devKeys } from './dev/keys.ts'
import { composeStack, hasDocker } from './stack/docker.ts'
import { openScreen } from './stack/screen.ts'
import { DEFAULT_PORTS, missing, type RunOptions, startStack } from './stack/stack.ts'
import { npmCommand, Sentence } from './terminal/terminal.ts'

const ROOT = join(import.meta.dirname, '..')

await npmCommand('stack', async ({ values }, end) => {
  if (values.keys) return printKeys()
  const dataDir = resolve(values.data ?? join(ROOT, '.data/stack'))
  const byDocker = !values['without-docker'] && (await hasDocker())
  if (!byDocker) await refuseWithout()
  const screen = openScreen()
  screen.open(
    byDocker ? 'by Docker Compose; data lie in its volumes' : `without Docker; data and logs lie in ${dataDir}`,
  )

  const lost = Promise.withResolvers<string>()
  const options: RunOptions = { dataDir, ports: DEFAULT_PORTS, tell: screen.tell, onLost: lost.resolve }
  const starting = byDocker ? composeStack(ROOT, options) : startStack(options)
  const ended = once(end, 'abort')
  const stack = await Promise.race([starting, ended.then(() => undefined)])
  // Whatever has begun to start ends with us.
  if (!stack) return
  screen.ready(stack)
  const message = await Promise.race([lost.promise, ended.then(() => undefined)])
  screen.closing()
  await stack.close()
  if (message)
    throw new Sentence(`${message}\nThe others have been ended, too; npm run stack starts all of them again.`)
})

/** The public half of the keys that `npm run token` signs with, for the containers of `docker-compose.yml`. */
async function printKeys(): Promise<void> {
  const { jwks } = await devKeys(ROOT)
  console.log(`JWT_JWKS='${JSON.stringify(jwks)}'`)
}

async function refuseWithout(): Promise<void> {
  const lacking = await missing()
  if (!lacking) return
  throw new Sentence(
    [
      `No Docker engine answers, and without one this computer lacks ${lacking}. Start Docker, or install what is lacking:`,
      '  Debian, Ubuntu:  apt-get install openjdk-17-jre-headless maven python3-venv',
      '  macOS:           brew install openjdk@17 maven python',
      'Or do without real servers: npm start has everything in one process.',
    ].join('\n'),
  )
}
