/** `npm run monitor -- --topic bookings`: timestamp, key and value of each message, as they come. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { readLocalConfig } from './local-config.ts'
import { follow, type ProxyAt } from './monitor-follow.ts'
import { jsonOf, lineOf } from './monitor-line.ts'
import { command, paintFor, Sentence } from './terminal.ts'

const ENV_FILE = join(import.meta.dirname, '../.env')

const OPTIONS = { topic: { type: 'string' }, 'from-beginning': { type: 'boolean', default: false } } as const

await command(async (end) => {
  const { topic, 'from-beginning': isFromBeginning } = parseArgs({ options: OPTIONS }).values
  if (!topic) throw new Sentence('Which topic? npm run monitor -- --topic bookings [--from-beginning]', 2)
  const proxy = proxyAt()
  const paint = paintFor(process.stdout)
  if (process.stderr.isTTY) console.error(`Following ${topic} at ${proxy.url}. Ctrl-C ends it.`)
  for await (const messages of follow(proxy, topic, isFromBeginning ? 'earliest' : 'latest', end))
    for (const message of messages) console.log(process.stdout.isTTY ? lineOf(message, paint) : jsonOf(message))
})

function proxyAt(): ProxyAt {
  if (existsSync(ENV_FILE)) process.loadEnvFile(ENV_FILE)
  const { PROXY_PORT, UPSTASH_KAFKA_REST_USERNAME, UPSTASH_KAFKA_REST_PASSWORD } = readLocalConfig(process.env)
  const url = process.env.UPSTASH_KAFKA_REST_URL || `http://localhost:${PROXY_PORT}`
  return { url, username: UPSTASH_KAFKA_REST_USERNAME, password: UPSTASH_KAFKA_REST_PASSWORD }
}
