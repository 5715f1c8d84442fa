/** `npm run monitor`: follows a topic; one line for each message. */
import { fstatSync } from 'node:fs'
import type { MessageJson } from '#proxy/consumers/message.ts'
import { filterOf } from './monitor/filter.ts'
import { follow, type ProxyAt, startOf } from './monitor/follow.ts'
import { jsonOf, linesOf } from './monitor/line.ts'
import { beginningIn } from './monitor/start.ts'
import { readLocalConfig } from './system/config.ts'
import { loadEnvFile } from './system/env-file.ts'
import { npmCommand, paintFor } from './terminal/terminal.ts'

const PROBE_MS = 1_000

const SOON_MS = 300
const LATE_MS = 2_000

await npmCommand('monitor', async ({ values }, end) => {
  const { topic, limit = Infinity } = values
  const start = beginningIn(values['from-beginning'] ? 'beginning' : values.from)
  const proxy = proxyAt()
  const waiting = reportWait(`Waits for an answer about ${topic} of the proxy at ${proxy.url}. Ctrl-C ends it.`)
  const positions = await startOf(proxy, topic, start, end).finally(() => clearTimeout(waiting))
  if (process.stderr.isTTY) console.error(`Following ${topic} at ${proxy.url}. Ctrl-C ends it.`)
  noticeClosedPipe()
  const [matches, print] = [filterOf(values), printer(values)]
  let printed = 0
  for await (const messages of follow(proxy, positions, end))
    for (const message of messages.filter(matches)) {
      print(message)
      if (++printed >= limit) return
    }
})

function printer({ headers, full }: { headers: boolean; full: boolean }): (message: MessageJson) => void {
  const { stdout } = process
  if (!stdout.isTTY) return (message) => console.log(jsonOf(message, headers))
  const paint = paintFor(stdout)
  return (message) => {
    const width = full ? Infinity : stdout.columns || 80
    console.log(linesOf(message, paint, { width, withHeaders: headers }).join('\n'))
  }
}

/** A quick answer needs no report; programs read only of an unusual wait. */
function reportWait(sentence: string): NodeJS.Timeout {
  return setTimeout(() => console.error(sentence), process.stderr.isTTY ? SOON_MS : LATE_MS)
}

/**
 * A reader that has enough (`| head -1`) closes the pipe, which only a write notices. So while no message comes, a blank is
 * written now and then, which JSON allows before a value; `command` ends the program once the pipe is closed.
 */
function noticeClosedPipe(): void {
  if (fstatSync(process.stdout.fd).isFIFO()) setInterval(() => process.stdout.write(' '), PROBE_MS)
}

function proxyAt(): ProxyAt {
  loadEnvFile()
  const { PROXY_PORT, UPSTASH_KAFKA_REST_USERNAME, UPSTASH_KAFKA_REST_PASSWORD } = readLocalConfig(process.env)
  const url = process.env.UPSTASH_KAFKA_REST_URL || `http://localhost:${PROXY_PORT}`
  return { url, username: UPSTASH_KAFKA_REST_USERNAME, password: UPSTASH_KAFKA_REST_PASSWORD }
}
