import type { TopicNames } from '#domain/topics.ts'
import type { Log } from '#log/log.ts'
import type { Logger } from '#platform/log-line.ts'
import type { SigningKeys } from '#platform/signature.ts'
import type { TokenSource } from '#platform/tokens.ts'
import type { Store } from '#store/store.ts'
import { createApi } from './api/app.ts'
import type { ApiEnv } from './api/deps.ts'
import { createWaiters } from './api/waiters.ts'
import { type Processor, startProcessor } from './processor.ts'
import type { TimerSettings } from './proposers/timer/timer.ts'
import { type Billing, openGateway } from './proposers/billing/open.ts'
import type { StripeEnvironment } from './proposers/billing/stripe/settings.ts'
import { type ProcessorRole, ROLES } from './roles.ts'
import { createMonitor, type Monitor } from './upkeep/monitor/monitor.ts'
import { publishDemoListings } from './upkeep/publish-demo-listings.ts'

export interface ProcessorParts {
  log: Log
  store: Store
  topics: TopicNames
  roles: readonly ProcessorRole[]
  /** The tokens that the API accepts. */
  tokens: TokenSource
  /** The keys that sign and verify commands. */
  commandKeys: SigningKeys
  logger: Logger
  /** Kafka's session timeout in milliseconds, if it is configured. */
  sessionMs?: number | undefined
  /** Publishes the demo listings before the API responds. Default: no. */
  demo?: DemoPublisher
  timer?: TimerSettings
  /** Who decides about payments, the address of the edge for webhooks, and the settings of Stripe. Default: nothing of ours. */
  billing?: { by: Billing; edgeUrl: () => string; stripe?: StripeEnvironment }
}

/**
 * `decider`: a processor that decides publishes them; other processes may run the other groups. `alone`: this processor runs the
 * groups that are not among its roles until the listings are published.
 */
export type DemoPublisher = 'decider' | 'alone'

export interface ComposedProcessor {
  /** Responds to a request to the API. */
  fetch: (request: Request, env?: ApiEnv['Bindings']) => Response | Promise<Response>
  metrics: Monitor['metrics']
  /** Ends the streams of the API, which would keep its server from closing for minutes. */
  endStreams: () => void
  /** Finishes the running batches and leaves the groups. Close the server first, then log and store, which belong to the caller. */
  close: () => Promise<void>
}

/** The processor on any log and store: its groups, which have joined, and its API. */
export async function composeProcessor(parts: ProcessorParts): Promise<ComposedProcessor> {
  const { log, store, topics, roles, tokens, commandKeys, logger, sessionMs, demo, timer, billing } = parts
  const waiters = createWaiters()
  const monitor = createMonitor({ sessionMs })
  const leaving = new AbortController()
  const shared = { log, store, topics, waiters, logger, monitor }
  const payments = billing && openGateway(billing.by, { ...billing, store, commandKeys, end: leaving.signal })
  const startGroups = (roles: readonly ProcessorRole[]): Promise<Processor> =>
    startProcessor({ ...shared, roles, commandKeys, timer, gateway: payments?.gateway })

  /** A failure is reported; the process runs without the demo listings. */
  const publish = (needsGroups: boolean): Promise<void> =>
    publishDemoListings({
      log,
      store,
      waiters,
      topic: topics.requests,
      commandKeys,
      now: Date.now,
      ...(needsGroups && { startGroups: () => startGroups(ROLES) }),
    }).catch((error: unknown) => logger.error('the demo listings were not published', { error }))

  const needsGroups = demo === 'alone' && !ROLES.every((role) => roles.includes(role))
  if (needsGroups) await publish(true)
  const groups = await startGroups(roles)
  // By the processor that stays, because a successor does not know what was emitted, and emits it again.
  if (demo !== undefined && !needsGroups && roles.includes('decisions')) await publish(false)
  const api = createApi({
    ...shared,
    tokens,
    commandKeys,
    closing: leaving.signal,
    now: Date.now,
    authenticatePayment: payments?.authenticate,
  })
  return {
    fetch: (request, env) => api.fetch(request, env),
    metrics: monitor.metrics,
    endStreams: () => leaving.abort(),
    close: () => groups.close(),
  }
}
