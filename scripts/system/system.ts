import { randomUUID } from 'node:crypto'
import { plannedTopics, type TopicNames, topicsNamedBy } from '#domain/topics.ts'
import { composeEdge } from '#edge/compose.ts'
import type { EdgeDeps } from '#edge/deps.ts'
import type { Log } from '#log/log.ts'
import { openLog } from '#log/open.ts'
import { SCHEMA } from '#processor/collections.ts'
import { composeProcessor } from '#processor/compose.ts'
import { composeProxy } from '#proxy/compose.ts'
import { openStore } from '#store/open.ts'
import type { Store } from '#store/store.ts'
import type { LocalConfig } from './config.ts'
import { type Fetch, serve, type Served } from '#platform/node/serve.ts'
import { createLogger, type LogLine } from '#platform/log-line.ts'
import { SigningKeysText } from '#platform/signature.ts'
import { type JSONWebKeySet, localKeys } from '#platform/tokens.ts'
import { PortTaken, portTaken } from '#platform/port-taken.ts'
import { DOCUMENTED_PORTS } from '#platform/defaults.mjs'
import { HOST, isTaken, refuseTaken } from './serve.ts'

export interface System {
  ports: { edge: number; proxy: number; processor: number }
  /** Those of the documented ports that were free. */
  documented: number[]
  close: () => Promise<void>
}

export interface SystemOptions {
  /** For the reference page of a system that people use. */
  demoTokens?: EdgeDeps['demoTokens']
  /** Default: those that the configuration names. */
  topics?: TopicNames
  /** Wraps log and store, to observe what goes through them. */
  watch?: { log: (log: Log) => Log; store: (store: Store) => Store }
}

/** The public keys of the tokens, and the text of `COMMAND_KEYS`. */
export interface SystemKeys {
  jwks: JSONWebKeySet
  commandKeys: string
}

type AtClose = (step: () => Promise<void>) => void

/**
 * Everything in one process, joined by HTTP like several processes, on the drivers that the configuration names. This is the
 * system of `npm start`, `npm run dev`, the tests and the bench.
 * @param print receives every log line
 */
export async function startSystem(
  config: LocalConfig,
  keys: SystemKeys,
  print: (line: LogLine) => void,
  options: SystemOptions = {},
): Promise<System> {
  const closing: (() => Promise<void>)[] = []
  const close = async () => {
    for (const step of closing.splice(0).reverse()) await step()
  }
  const atClose: AtClose = (step) => void closing.push(step)
  try {
    const { EDGE_PORT, PROXY_PORT, PROCESSOR_PORT } = config
    await refuseTaken({ PROXY_PORT, PROCESSOR_PORT, EDGE_PORT })
    const shared = await openShared(config, keys, print, options, atClose)
    const proxy = await startProxy(shared)
    // Webhooks are sent when the edge has its port.
    let edgePort = EDGE_PORT
    const processor = await startGroupsAndApi(shared, () => `http://${HOST}:${edgePort}`)
    const { edge, documented } = await startEdge(shared, { proxy, processor: processor.port }, options)
    edgePort = edge
    // First of all: the edge hands the streams on, and would wait for their end.
    atClose(async () => processor.endStreams())
    return { ports: { edge, proxy, processor: processor.port }, documented, close }
  } catch (error) {
    await close()
    throw error
  }
}

type Shared = Awaited<ReturnType<typeof openShared>>

/** What proxy, processor and edge have in common here: settings, log and store. */
async function openShared(
  config: LocalConfig,
  { jwks, commandKeys }: SystemKeys,
  print: (line: LogLine) => void,
  { topics = topicsNamedBy({ ...config }), watch }: SystemOptions,
  atClose: AtClose,
) {
  const logger = createLogger('processor', print)
  const crashed = (error: Error): never => {
    logger.error('a consumer has stopped', { error })
    process.exit(1)
  }
  const log = await openLog(config, { logger, crashed })
  atClose(() => log.close())
  const store = await openStore(config, SCHEMA, { logger })
  atClose(() => store.close())
  await log.createTopics(plannedTopics(topics))
  return {
    config,
    topics,
    print,
    logger,
    atClose,
    commandKeys: SigningKeysText.parse(commandKeys),
    tokens: { keys: localKeys(jwks), issuer: config.JWT_ISSUER, audience: config.JWT_AUDIENCE },
    credentials: { username: config.UPSTASH_KAFKA_REST_USERNAME, password: config.UPSTASH_KAFKA_REST_PASSWORD },
    /** As in production, the edge may only produce commands. */
    edgeAccount: { username: 'edge-in-process', password: randomUUID(), produce: [topics.requests], consume: [] },
    log: watch ? watch.log(log) : log,
    store: watch ? watch.store(store) : store,
  }
}

async function startProxy({ config, log, credentials, edgeAccount, print, atClose }: Shared): Promise<number> {
  const address = { port: config.PROXY_PORT, hostname: config.LISTEN_HOST }
  const proxy = await composeProxy(
    { log, credentials, users: [edgeAccount], logger: createLogger('proxy', print) },
    address,
  )
  atClose(() => proxy.close())
  return proxy.port
}

/** The demo listings are published before the API responds. */
async function startGroupsAndApi(
  { config, log, store, topics, tokens, commandKeys, logger, atClose }: Shared,
  edgeUrl: () => string,
) {
  const sessionMs = config.KAFKA_SESSION_TIMEOUT_MS
  const roles = config.PROCESSOR_ROLES
  const billing = { by: config.BILLING, edgeUrl, stripe: config }
  const parts = { log, store, topics, roles, tokens, commandKeys, logger, sessionMs, billing }
  const processor = await composeProcessor({ ...parts, demo: 'alone' })
  atClose(() => processor.close())
  const options = { port: config.PROCESSOR_PORT, variable: 'PROCESSOR_PORT', hostname: config.LISTEN_HOST }
  const server = await serve(processor.fetch, options)
  atClose(() => server.close())
  return { port: server.port, endStreams: processor.endStreams }
}

async function startEdge(
  { config, topics, tokens, commandKeys, edgeAccount, print, atClose }: Shared,
  ports: { proxy: number; processor: number },
  { demoTokens }: SystemOptions,
): Promise<{ edge: number; documented: number[] }> {
  const { username, password } = edgeAccount
  const settings = {
    port: config.EDGE_PORT,
    proxy: { username, password, url: `http://${HOST}:${ports.proxy}`, topic: topics.requests, commandKeys },
    queryUrl: `http://${HOST}:${ports.processor}`,
    webhookSecret: config.STRIPE_WEBHOOK_SECRET,
    tokens,
    allowPastDates: config.ALLOW_PAST_DATES,
    origins: config.CORS_ORIGINS,
    requestsPerMinute: config.RATE_LIMIT_PER_MINUTE,
  }
  const { fetch } = composeEdge(settings, createLogger('edge', print), demoTokens)
  const { EDGE_PORT: port, LISTEN_HOST: hostname } = config
  const server = await serve(fetch, { port, hostname, variable: 'EDGE_PORT' })
  // A system on any free port, as tests start it, does not take the documented ports.
  const documented = port === 0 ? [] : await serveWhereFree(fetch, DOCUMENTED_PORTS, hostname)
  atClose(async () => {
    await Promise.all([server, ...documented].map((one) => one.close()))
  })
  return { edge: server.port, documented: documented.map(({ port }) => port) }
}

async function serveWhereFree(fetch: Fetch, ports: readonly number[], hostname: string): Promise<Served[]> {
  const serveFree = async (port: number): Promise<Served> => {
    if (await isTaken(port)) throw new PortTaken(portTaken(port))
    return serve(fetch, { port, hostname })
  }
  const tried = await Promise.allSettled(ports.map(serveFree))
  return tried.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
}
