import type { JSONWebKeySet } from '#platform/tokens.ts'
import { plannedTopics, topicsNamedBy } from '#domain/topics.ts'
import { createEdge } from '#edge/app.ts'
import { createCommandLog } from '#edge/commands/command-log.ts'
import type { EdgeDeps } from '#edge/deps.ts'
import { createQueryClient } from '#edge/reads/query-client.ts'
import { openLog } from '#log/open.ts'
import { SCHEMA } from '#processor/collections.ts'
import { startProcessor } from '#processor/processor.ts'
import { type ProcessorRole, ROLES } from '#processor/roles.ts'
import { createMonitor } from '#processor/upkeep/monitor/monitor.ts'
import { createApi } from '#processor/api/app.ts'
import { createWaiters } from '#processor/api/waiters.ts'
import { createProxy } from '#proxy/app.ts'
import { openStore } from '#store/open.ts'
import type { LocalConfig } from './config.ts'
import { type Fetch, serve, type Served } from '#platform/node/serve.ts'
import { createLogger, type LogLine, messageOf } from '#platform/log-line.ts'
import { localKeys } from '#platform/tokens.ts'
import { publishDemoListings } from '#processor/upkeep/publish-demo-listings.ts'
import { HOST, refuseTaken } from './serve.ts'

/** The documents' services: the same edge answers for each of them. */
export const DOCUMENTED_PORTS = [5001, 5002, 5003, 5004, 5005]

export interface System {
  ports: { edge: number; proxy: number; processor: number }
  /** Those of the documented ports that were free. */
  documented: number[]
  close: () => Promise<void>
}

type Print = (line: LogLine) => void

/**
 * Everything in one process, joined by HTTP as if it were several; on the drivers that the configuration names.
 * @param demoTokens for the reference page of a system that people use
 */
export async function startSystem(
  config: LocalConfig,
  jwks: JSONWebKeySet,
  print: Print,
  demoTokens?: EdgeDeps['demoTokens'],
): Promise<System> {
  const closing: (() => Promise<void>)[] = []
  const close = async () => {
    for (const step of closing.splice(0).reverse()) await step()
  }
  try {
    return { ...(await start(config, jwks, print, demoTokens, (step) => void closing.push(step))), close }
  } catch (error) {
    await close()
    throw error
  }
}

async function start(
  config: LocalConfig,
  jwks: JSONWebKeySet,
  print: Print,
  demoTokens: EdgeDeps['demoTokens'],
  atClose: (step: () => Promise<void>) => void,
): Promise<Omit<System, 'close'>> {
  const topics = topicsNamedBy({ ...config })
  const tokens = { keys: localKeys(jwks), issuer: config.JWT_ISSUER, audience: config.JWT_AUDIENCE }
  const waiters = createWaiters()
  const closing = new AbortController()
  const now = Date.now

  const { EDGE_PORT, PROXY_PORT, PROCESSOR_PORT } = config
  await refuseTaken({ PROXY_PORT, PROCESSOR_PORT, EDGE_PORT })
  const log = await openLog(config)
  atClose(() => log.close())
  const store = await openStore(config, SCHEMA)
  atClose(() => store.close())
  await log.createTopics(plannedTopics(topics))

  const credentials = { username: config.UPSTASH_KAFKA_REST_USERNAME, password: config.UPSTASH_KAFKA_REST_PASSWORD }
  const proxy = createProxy({ log, credentials })
  const proxyServer = await serve(proxy.app.fetch, { port: PROXY_PORT, variable: 'PROXY_PORT', hostname: HOST })
  atClose(async () => {
    await proxyServer.close()
    await proxy.close()
  })

  const monitor = createMonitor({ sessionMs: config.KAFKA_SESSION_TIMEOUT_MS })
  const { error: logError } = createLogger('processor', print)
  const report = ({ error, ...where }: { error: unknown }) => logError(messageOf(error), where)
  const process = (roles: readonly ProcessorRole[]) =>
    startProcessor({ log, store, topics, roles, waiters, report, monitor })
  // Before anything answers, so that whoever finds it ready finds the listings too; and by the processor that stays, if it can:
  // another one's successor does not know what was emitted, and emits it again.
  const demo = { log, store, topic: topics.requests, waiters, now }
  const isWhole = ROLES.every((role) => config.PROCESSOR_ROLES.includes(role))
  if (!isWhole) await publishDemoListings({ ...demo, startGroups: () => process(ROLES) })
  const processor = await process(config.PROCESSOR_ROLES)
  atClose(() => processor.close())
  if (isWhole) await publishDemoListings(demo)
  const api = createApi({
    store,
    log,
    topics,
    tokens,
    waiters,
    closing: closing.signal,
    now,
    report,
    monitor,
  })
  const apiServer = await serve(api.fetch, { port: PROCESSOR_PORT, variable: 'PROCESSOR_PORT', hostname: HOST })
  atClose(() => apiServer.close())

  const edge = createEdge({
    commands: createCommandLog({ ...credentials, url: `http://127.0.0.1:${proxyServer.port}`, topic: topics.requests }),
    query: createQueryClient(`http://127.0.0.1:${apiServer.port}`),
    tokens,
    allowPastDates: config.ALLOW_PAST_DATES,
    origins: config.CORS_ORIGINS,
    requestsPerMinute: config.RATE_LIMIT_PER_MINUTE,
    now,
    log: createLogger('edge', print),
    ...(demoTokens && { demoTokens }),
  })
  const edgeServer = await serve(edge.fetch, { port: EDGE_PORT, variable: 'EDGE_PORT', hostname: HOST })
  // Whoever takes any port that is free, as tests do, wants no other.
  const documented = EDGE_PORT === 0 ? [] : await serveWhereFree(edge.fetch, DOCUMENTED_PORTS)
  atClose(async () => {
    closing.abort()
    await Promise.all([edgeServer, ...documented].map((server) => server.close()))
  })

  const ports = { edge: edgeServer.port, proxy: proxyServer.port, processor: apiServer.port }
  return { ports, documented: documented.map(({ port }) => port) }
}

async function serveWhereFree(fetch: Fetch, ports: number[]): Promise<Served[]> {
  const tried = await Promise.allSettled(ports.map((port) => serve(fetch, { port, hostname: HOST })))
  return tried.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
}
