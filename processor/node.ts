/** Runs the processor as a process: the groups and the query API, on the log and the store that the environment names. */
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
  /** Accepts no more requests, finishes the running batches, leaves the groups, closes log and store. */
  close(): Promise<void>
}

export interface NodeOptions {
  /** Aborts a start that waits for Kafka or MongoDB. */
  end: AbortSignal
  /** Called when a consumer has stopped for good: the process must be restarted. */
  crashed: (error: Error) => void
  /** The longest wait for Kafka and MongoDB at the start. */
  startLimitMs?: number
}

const logger = createLogger('processor')

/** Reports a fault that does not end the process: a batch that will be retried, a request that failed. */
const report = ({ error, ...where }: { error: unknown } & Record<string, unknown>): void =>
  logger.error(messageOf(error), where)

const START_LIMIT_MS = 120_000
const RETRY_PAUSE_MS = 1_000
const REQUESTS_GRACE_MS = 5_000

/** Resolves when everything runs. `/healthz` succeeds from the beginning, `/readyz` only from then on. */
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
  { topics, tokens, roles, isDev, commandKeys, ...config }: ProcessorConfig,
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
  const processor = await retry(() => startProcessor({ ...shared, roles, commandKeys }), retries)
  atClose(() => processor.close())
  if (isDev && roles.includes('decisions'))
    await publishDemo({ log, store, waiters, topic: topics.requests, commandKeys, now })
  fetch = createApi({ ...shared, tokens, closing: leaving.signal, now }).fetch
  // Registered again, because the steps run in reverse order and the server must close first.
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

/** An error that an operator can fix prints its message without a stack. */
const isFixable = (error: unknown): error is Error =>
  error instanceof PortTaken ||
  error instanceof LogError ||
  error instanceof StoreError ||
  (error instanceof Error && error.name === 'Error')

function fail(error: unknown): never {
  console.error(isFixable(error) ? error.message : error)
  process.exit(1)
}

async function main(): Promise<void> {
  const stopped = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stopped.abort())
  const crashed = (error: Error) => fail(new Error(`A consumer has stopped: ${error.message}`, { cause: error }))
  const options = { end: stopped.signal, crashed }
  const processor = await startNode(readProcessorConfig(process.env), options).catch((error: unknown) =>
    stopped.signal.aborted ? undefined : fail(error),
  )
  if (!processor) return
  logger.info(`listens on ${processor.port}`)
  if (!stopped.signal.aborted) await once(stopped.signal, 'abort')
  const late = setTimeout(() => fail(new Error('Some running work did not end in time.')), DRAIN_LIMIT_MS)
  await processor.close()
  clearTimeout(late)
}

if (import.meta.main) {
  await main().catch(fail)
  // Open sockets of Kafka's client would keep the process alive.
  process.exit(0)
}
