/** Runs the processor as a process: the groups and the query API, on the log and the store that the environment names. */
import { once } from 'node:events'
import { collectDefaultMetrics } from 'prom-client'
import { retry } from '#platform/deadline.ts'
import { Outage } from '#platform/node/outage.ts'
import { fail, runProcess } from '#platform/node/run-process.ts'
import { type Fetch, serve } from '#platform/node/serve.ts'
import { healthResponse } from '#platform/health.ts'
import { createLogger } from '#platform/log-line.ts'
import { mayPass as mayLogPass, openLog } from '#log/open.ts'
import { mayPass as mayStorePass, openStore } from '#store/open.ts'
import { composeProcessor } from './compose.ts'
import { SCHEMA } from './collections.ts'
import { describeDrivers, type ProcessorConfig, readProcessorConfig } from './config.ts'
import { createMissingTopics } from './upkeep/create-topics.ts'

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
  { port, hostname, topics, tokens, roles, isDev, commandKeys, billing, edgeUrl, stripe, ...config }: ProcessorConfig,
  { end, crashed, startLimitMs: limitMs = START_LIMIT_MS }: NodeOptions,
  atClose: (step: () => Promise<void>) => void,
): Promise<number> {
  let fetch: Fetch = answerStarting
  const server = await serve((...request) => fetch(...request), { port, hostname, variable: 'PROCESSOR_PORT' })
  atClose(() => server.close(REQUESTS_GRACE_MS))

  const passes = (error: unknown) => mayLogPass(error, config.log) || mayStorePass(error, config.store)
  const retries = { limitMs, signal: end, isTransient: passes, pauseMs: () => RETRY_PAUSE_MS }

  const log = await openLog(config.log, { crashed, logger })
  atClose(() => log.close())
  await retry(() => createMissingTopics(log, topics, logger.warn), retries)
  const outage = new Outage('MongoDB', logger)
  const store = await retry(() => openStore(config.store, SCHEMA, { logger, outage }), retries)
  atClose(() => store.close())
  logger.info(describeDrivers(config.log, config.store))

  const sessionMs = config.log.KAFKA_SESSION_TIMEOUT_MS
  const parts = {
    log,
    store,
    topics,
    roles,
    tokens,
    commandKeys,
    logger,
    sessionMs,
    billing: { by: billing, edgeUrl: () => edgeUrl, stripe },
  }
  const processor = await retry(() => composeProcessor({ ...parts, ...(isDev && { demo: 'decider' }) }), retries)
  collectDefaultMetrics({ register: processor.metrics.registry })
  atClose(() => processor.close())
  fetch = processor.fetch
  // Before the processor and what it uses; closing the server again does nothing.
  atClose(async () => {
    processor.endStreams()
    await server.close(REQUESTS_GRACE_MS)
  })
  return server.port
}

const answerStarting: Fetch = (request) =>
  new URL(request.url).pathname === '/healthz'
    ? healthResponse('processor', [])
    : healthResponse('processor', ['the processor is still starting'])

const DRAIN_LIMIT_MS = 25_000

async function main(): Promise<void> {
  const stopped = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stopped.abort())
  const crashed = (error: Error) =>
    fail(logger, new Error(`A consumer has stopped: ${error.message}`, { cause: error }))
  const options = { end: stopped.signal, crashed }
  const processor = await startNode(readProcessorConfig(process.env), options).catch((error: unknown) =>
    stopped.signal.aborted ? undefined : fail(logger, error),
  )
  if (!processor) return
  logger.info(`listens on ${processor.port}`)
  if (!stopped.signal.aborted) await once(stopped.signal, 'abort')
  const late = setTimeout(() => fail(logger, new Error('Some running work did not end in time.')), DRAIN_LIMIT_MS)
  await processor.close()
  clearTimeout(late)
}

if (import.meta.main) {
  await runProcess(logger, main)
  // Open sockets of Kafka's client would keep the process alive.
  process.exit(0)
}
