/** `npm start`: the whole system in this process, until it is told to end. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { styleText } from 'node:util'
import { LogError } from '#log/log.ts'
import { StoreError } from '#store/store.ts'
import { banner } from './terminal/banner.ts'
import { devKeys } from './dev/keys.ts'
import { toldToEnd } from './terminal/end-with-parent.ts'
import { readLocalConfig, withoutServers } from './system/config.ts'
import { PortTaken } from './system/serve.ts'
import { type Report, startSystem, type Tell } from './system/system.ts'

const ROOT = join(import.meta.dirname, '..')
const ENV_FILE = join(ROOT, '.env')

/** For people in colour, for machines as JSON. */
const report: Report = (part, { error, ...where }) => {
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error)
  const line = { time: new Date().toISOString(), level: 'error', part, ...where, message }
  const place = Object.values(where).join(' ')
  const text = `${styleText('red', part, { stream: process.stderr })} ${place}: ${message}`
  process.stderr.write(`${process.stderr.isTTY ? text : JSON.stringify(line)}\n`)
}

/** Of each booking's way to Kafka: a sentence for people, for machines every field. */
const tell: Tell = (line) => {
  const text = `${styleText('dim', line.timestamp)} ${line.message} ${styleText('dim', line.bookingId)} ${line.error ?? ''}`
  console.log(process.stdout.isTTY ? text.trimEnd() : JSON.stringify(line))
}

/** What people can mend is a sentence; anything else is a fault of ours and comes with its stack. */
function refuse(error: unknown): never {
  const mendable = error instanceof PortTaken || error instanceof LogError || error instanceof StoreError
  const isPlain = error instanceof Error && (mendable || error.message.startsWith('Reservoir cannot start'))
  process.stderr.write(`${isPlain ? error.message : String((error as Error)?.stack ?? error)}\n`)
  process.exit(1)
}

try {
  const told = toldToEnd()
  if (existsSync(ENV_FILE)) process.loadEnvFile(ENV_FILE)
  const config = readLocalConfig(withoutServers(process.env))
  const { sign, jwks } = await devKeys(ROOT, process.env)
  const system = await startSystem(config, jwks, report, tell)
  console.log(await banner(system, config.DATA_DIR, sign))
  await told
  console.log('\nFinishing what is under way ...')
  await system.close()
  process.exit(0)
} catch (error) {
  refuse(error)
}
