import { collectDefaultMetrics } from 'prom-client'
import type { Log } from '#log/log.ts'
import { createLogger } from '#platform/log-line.ts'
import { describeLog, mayPass, openLog } from '#log/open.ts'
import { settledWithin } from '#platform/deadline.ts'
import { runProcess } from '#platform/node/run-process.ts'
import { composeProxy, type ComposedProxy } from './compose.ts'
import { readProxyConfig, type ProxyConfig } from './config.ts'
import { prepare } from './upkeep/prepare.ts'

/** Time for running requests to finish at the end, and then as long for everything else. */
const GRACE_MS = 5_000

const logger = createLogger('proxy')

interface Running {
  log: Log
  proxy: ComposedProxy
}

/** Below the proxy's own limit, so that Kafka reports "not written" before the proxy must report "unknown". */
const KAFKA_LIMIT_MS = 4_000

/** The proxy as a process: it serves at once, is ready when the log is reachable, and ends on a signal. */
async function main(): Promise<void> {
  const config = readProxyConfig(process.env)
  const log = await openLog(config.log, { logger, limitMs: KAFKA_LIMIT_MS })
  let missing: string | undefined = 'the log has not answered yet'
  const { credentials, users, origins, limits, logRequests, port, hostname } = config
  const notReady = (): string | undefined => missing
  const proxy = await composeProxy(
    { log, credentials, users, origins, limits, logRequests, logger, notReady },
    { port, hostname },
  )
  collectDefaultMetrics({ register: proxy.metrics.registry })
  logger.info(describeLog(config.log))
  logger.info(`listens on ${proxy.port}`)

  const ending = new AbortController()
  const prepared = async (): Promise<void> => {
    await prepare({
      log,
      topics: config.topics,
      mayPass: (error) => mayPass(error, config.log),
      signal: ending.signal,
    })
    missing = undefined
    if (!ending.signal.aborted) logger.info('is ready', topicsOf(config))
  }
  await Promise.all([endOnRequest({ log, proxy }, ending), prepared()])
}

async function endOnRequest(running: Running, ending: AbortController): Promise<void> {
  const reason = await endRequested()
  ending.abort()
  logger.info('ends', { reason })
  await end(running)
}

const topicsOf = ({ topics }: ProxyConfig) =>
  topics.length === 0 ? {} : { topics: topics.map(({ topic, partitions }) => `${topic}:${partitions}`).join(',') }

/** Closes what depends on others first: requests, instances, the log. */
const end = ({ log, proxy }: Running): Promise<void> =>
  settledWithin(
    2 * GRACE_MS,
    proxy.close(GRACE_MS).then(() => log.close()),
  )

/** Resolves with the reason to end: a signal, or the end of a parent process with an IPC channel. */
function endRequested(): Promise<string> {
  return new Promise((resolve) => {
    // A second signal does not interrupt the draining.
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve(signal))
    process.once('disconnect', () => resolve('the end of its parent'))
    process.channel?.unref()
  })
}

if (import.meta.main) {
  await runProcess(logger, main)
  process.exit(0)
}
