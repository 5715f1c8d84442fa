import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createAdaptorServer } from '@hono/node-server'
import { plannedTopics, type Topics } from '#domain/topics.ts'
import { createEdge } from '#edge/app.ts'
import { createCommandLog } from '#edge/commands/command-log.ts'
import { createQueryClient } from '#edge/reads/query-client.ts'
import { openKafkaLog } from '#log/kafka/kafka-log.ts'
import { COLLECTIONS } from '#processor/collections.ts'
import { startProcessor } from '#processor/processor.ts'
import { createApi } from '#processor/api/app.ts'
import { createWaiters } from '#processor/api/waiters.ts'
import { createProxy } from '#proxy/app.ts'
import { openMongodbStore } from '#store/mongodb/mongodb-store.ts'
import { SILENT } from '#platform/log-line.ts'
import { localKeys } from '#platform/tokens.ts'
import type { DevKeys } from '../scripts/dev/keys.ts'
import type { Servers } from './measure.ts'
import type { Watch } from './watch.ts'

export interface System {
  /** Of the edge. */
  url: string
  close(): Promise<void>
}

const CREDENTIALS = { username: 'bench', password: 'bench' }

/** Edge, proxy and processor in this process, so that one clock sees all that goes through log and store. */
export async function startInOneProcess(
  { brokers, mongodbUri: uri }: Servers,
  { jwks }: DevKeys,
  topics: Topics,
  watch: Watch,
): Promise<System> {
  const closing: (() => Promise<void>)[] = []
  const log = openKafkaLog({ brokers: brokers.split(',') })
  const store = await openMongodbStore({ uri, database: topics.requests, collections: COLLECTIONS })
  closing.push(
    () => log.close(),
    () => store.close(),
  )
  await log.createTopics(plannedTopics(topics))

  const waiters = createWaiters()
  const report = ({ error }: { error: unknown }) => console.error(String(error))
  const tokens = { keys: localKeys(jwks), issuer: 'https://reservoir.localhost', audience: 'reservoir' }
  const shared = { log: watch.log(log), store: watch.store(store), topics, waiters, report }
  const processor = await startProcessor(shared)
  closing.push(() => processor.close())
  const api = createApi({ ...shared, tokens, closing: new AbortController().signal, now: Date.now })
  const proxy = createProxy({ log: watch.log(log), credentials: CREDENTIALS })
  closing.push(() => proxy.close())
  const serve = async (fetch: (request: Request) => Response | Promise<Response>): Promise<string> => {
    const server = createAdaptorServer({ fetch }) as Server
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    closing.push(async () => server.closeAllConnections())
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  }
  const [proxyUrl, queryUrl] = [await serve(proxy.app.fetch), await serve(api.fetch)]
  const commands = createCommandLog({ url: proxyUrl, ...CREDENTIALS, topic: topics.requests })
  const edge = createEdge({ commands, query: createQueryClient(queryUrl), tokens, allowPastDates: false, log: SILENT })
  const url = await serve(edge.fetch)
  return {
    url,
    async close() {
      for (const step of closing.toReversed()) await step()
    },
  }
}
