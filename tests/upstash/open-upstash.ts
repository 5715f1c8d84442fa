import { Kafka } from '@upstash/kafka'
import { onTestFinished } from 'vitest'
import { openEmbeddedLog } from '#log/embedded/embedded-log.ts'
import type { Log } from '#log/log.ts'
import { createProxy } from '#proxy/app.ts'
import { serveProxy } from '#proxy/upkeep/serve.ts'

const CREDENTIALS = { username: 'proxy', password: 'pä:ss=' }

/** The topics of the client's own test suite, and one with several partitions. */
const TOPICS = { red: 1, green: 1, blue: 1, cities: 3 }

export interface Upstash {
  /** Created as its README shows, with only the URL and the credentials. */
  kafka: Kafka
  /** The log behind the proxy. */
  log: Log
  url: string
}

/** The published client, the proxy on a port, and a log behind it. */
export async function openUpstash(): Promise<Upstash> {
  const log = openEmbeddedLog({ file: ':memory:' })
  await log.createTopics(Object.entries(TOPICS).map(([topic, partitions]) => ({ topic, partitions })))
  const proxy = createProxy({ log, credentials: CREDENTIALS })
  const served = await serveProxy(proxy.app, { port: 0 })
  onTestFinished(async () => {
    proxy.drain()
    await served.close(0)
    await proxy.close()
    await log.close()
  })
  const url = `http://127.0.0.1:${served.port}`
  return { kafka: new Kafka({ url, ...CREDENTIALS }), log, url }
}

let last = 0

/** Unique names for a consumer of the client. */
export const newConsumer = () => ({ consumerGroupId: `group-${++last}`, instanceId: `instance-${last}` })
