/** The processor as a process of its own: the groups and the query API, on the log and the store that the environment names. */
import { once } from 'node:events'
import { collectDefaultMetrics } from 'prom-client'
import { LogError } from '#log/log.ts'
import { retry } from '#platform/deadline.ts'
import { type Fetch, serve } from '#platform/node/serve.ts'
import { PortTaken } from '#platform/port-taken.ts'
import { healthResponse } from '#platform/health.ts'
import { createLogger, messageOf } from '#platform/log-line.ts'
import { mayPass as mayLogPass, openLog } from '#log/open.ts'
import { mayPass as mayStorePass, openStore } from '#store/open.ts'
import { StoreError } from '#store/store.ts'
import { SCHEMA } from './collections.ts'
import { describeDrivers, type ProcessorConfig, readProcessorConfig } from './config.ts'
import { createMissingTopics } from './upkeep/create-topics.ts'
import { startProcessor } from './processor.ts'
import { createMonitor } from './upkeep/monitor/monitor.ts'
import { createApi } from './api/app.ts'
import { createWaiters } from './api/waiters.ts'
import { type DemoDeps, publishDemoListings } from './upkeep/publish-demo-listings.ts'

export interface RunningProcessor {
  port: number
  /** Takes no more requests, finishes the batches under way, leaves the groups, closes log and store. */
  close(): Promise<void>
}

export interface NodeOptions {
  /** Ends a start that waits for Kafka or MongoDB. */
  end: AbortSignal
  /** A consumer has died for good: the process is of no more use. */
  crashed: (error: Error) => void
  /** How long Kafka and MongoDB are waited for at the start. */
  startLimitMs?: number
}

const logger = createLogger('processor')

/** For a fault that does not end the process: a batch that will come again, a request that could not be answered. */
const report = ({ error, ...where }: { error: unknown } & Record<string, unknown>): void =>
  logger.error(messageOf(error), where)

const START_LIMIT_MS = 120_000
const RETRY_PAUSE_MS = 1_000
const REQUESTS_GRACE_MS = 5_000

/** Resolves when everything runs; from the beginning it answers that it lives, and until then that it is not ready. */
export async function startNode(config: ProcessorConfig, options: NodeOptions): Promise<RunningProcessor> {
  const closing: (() => Promise<void>)[] = []
  const close = async () => {
    for (const step of closing.splice(0).reverse()) await step()
  }
  try {
    const port = await start(config, options, (step) => void closing.push(step))
    return { port, close }
  } catch (error) {
    await close()
    throw error
  }
}

async function start(
  { topics, tokens, roles, isDev, ...config }: ProcessorConfig,
  { end, crashed, startLimitMs: limitMs = START_LIMIT_MS }: NodeOptions,
  atClose: (step: () => Promise<void>) => void,
): Promise<number> {
  let fetch: Fetch = answerStarting
  const server = await serve((request) => fetch(request), { port: config.port, variable: 'PROCESSOR_PORT' })
  const leaving = new AbortController()
  const stopServing = async () => {
    leaving.abort()
    await server.close(REQUESTS_GRACE_MS)
  }
  atClose(stopServing)

  const passes = (error: unknown) => mayLogPass(error, config.log) || mayStorePass(error, config.store)
  const onRetry = (error: unknown, attempt: number) =>
    attempt === 0 && logger.warn(`${messageOf(error)}; retrying for ${limitMs / 1000} s`)
  const retries = { limitMs, signal: end, isTransient: passes, pauseMs: () => RETRY_PAUSE_MS, onRetry }

  const log = await openLog(config.log, { crashed, report: logger.warn })
  atClose(() => log.close())
  await retry(() => createMissingTopics(log, topics, logger.warn), retries)
  const store = await retry(() => openStore(config.store, SCHEMA, logger.warn), retries)
  atClose(() => store.close())
  logger.info(describeDrivers(config.log, config.store))

  const waiters = createWaiters()
  const monitor = createMonitor({ sessionMs: config.log.KAFKA_SESSION_TIMEOUT_MS })
  collectDefaultMetrics({ register: monitor.metrics.registry })
  const shared = { log, store, topics, waiters, report, monitor }
  const processor = await retry(() => startProcessor({ ...shared, roles }), retries)
  atClose(() => processor.close())
  if (isDev && roles.includes('decisions')) await publishDemo({ log, store, waiters, topic: topics.requests, now })
  fetch = createApi({ ...shared, tokens, closing: leaving.signal, now }).fetch
  // It comes first when all is closed.
  atClose(stopServing)
  return server.port
}

const now = Date.now

/** A failure is reported; the process runs without the demo listings. */
const publishDemo = (deps: DemoDeps): Promise<void> =>
  publishDemoListings(deps).catch((error: unknown) => report({ error, task: 'demo listings' }))

const answerStarting: Fetch = (request) =>
  new URL(request.url).pathname === '/healthz'
    ? healthResponse('processor', [])
    : healthResponse('processor', ['the processor is still starting'])

const DRAIN_LIMIT_MS = 25_000

/** What people can mend is a sentence, and no stack. */
const isMendable = (error: unknown): error is Error =>
  error instanceof PortTaken ||
  error instanceof LogError ||
  error instanceof StoreError ||
  (error instanceof Error && error.name === 'Error')

function fail(error: unknown): never {
  console.error(isMendable(error) ? error.message : error)
  process.exit(1)
}

async function main(): Promise<void> {
  const stopped = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stopped.abort())
  const crashed = (error: Error) => fail(new Error(`A consumer has died: ${error.message}`, { cause: error }))
  const options = { end: stopped.signal, crashed }
  const processor = await startNode(readProcessorConfig(process.env), options).catch((error: unknown) =>
    stopped.signal.aborted ? undefined : fail(error),
  )
  if (!processor) return
  logger.info(`listens on ${processor.port}`)
  if (!stopped.signal.aborted) await once(stopped.signal, 'abort')
  const late = setTimeout(() => fail(new Error('Some of the work under way did not end in time.')), DRAIN_LIMIT_MS)
  await processor.close()
  clearTimeout(late)
}

if (import.meta.main) {
  await main().catch(fail)
  // Sockets of Kafka's client may linger.
  process.exit(0)
}
