/** `npm run monitor -- --topic bookings`: timestamp, key and value of each message, as they come. */
import { existsSync, fstatSync } from 'node:fs'
import { join } from 'node:path'
import { readLocalConfig } from './system/config.ts'
import { follow, type ProxyAt, startOf } from './monitor/follow.ts'
import { jsonOf, lineOf } from './monitor/line.ts'
import { npmCommand, paintFor } from './terminal/terminal.ts'

const ENV_FILE = join(import.meta.dirname, '../.env')

const STILL_READ_MS = 1_000

const SOON_MS = 300
const LATE_MS = 2_000

await npmCommand('monitor', async ({ values: { topic, 'from-beginning': isFromBeginning } }, end) => {
  const proxy = proxyAt()
  const paint = paintFor(process.stdout)
  const waiting = tellOfWait(`Waits for an answer about ${topic} of the proxy at ${proxy.url}. Ctrl-C ends it.`)
  const start = await startOf(proxy, topic, isFromBeginning ? 'earliest' : 'latest', end).finally(() =>
    clearTimeout(waiting),
  )
  if (process.stderr.isTTY) console.error(`Following ${topic} at ${proxy.url}. Ctrl-C ends it.`)
  noticeClosedPipe()
  for await (const messages of follow(proxy, start, end))
    for (const message of messages) console.log(process.stdout.isTTY ? lineOf(message, paint) : jsonOf(message))
})

/** Whoever gets an answer soon need not read about it; programs are told of what is out of the ordinary only. */
function tellOfWait(sentence: string): NodeJS.Timeout {
  return setTimeout(() => console.error(sentence), process.stderr.isTTY ? SOON_MS : LATE_MS)
}

/**
 * Whoever has read enough of a pipe (`| head -1`) closes it, and a writer is told so by nothing but a write. So while nothing
 * comes a blank is written now and then, which JSON allows before a value; once nobody reads it, `command` ends the program.
 */
function noticeClosedPipe(): void {
  if (fstatSync(process.stdout.fd).isFIFO()) setInterval(() => process.stdout.write(' '), STILL_READ_MS)
}

function proxyAt(): ProxyAt {
  if (existsSync(ENV_FILE)) process.loadEnvFile(ENV_FILE)
  const { PROXY_PORT, UPSTASH_KAFKA_REST_USERNAME, UPSTASH_KAFKA_REST_PASSWORD } = readLocalConfig(process.env)
  const url = process.env.UPSTASH_KAFKA_REST_URL || `http://localhost:${PROXY_PORT}`
  return { url, username: UPSTASH_KAFKA_REST_USERNAME, password: UPSTASH_KAFKA_REST_PASSWORD }
}
