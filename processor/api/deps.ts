import type { RequestIdVariables } from 'hono/request-id'
import type { Principal } from '#domain/actor.ts'
import type { TopicNames } from '#domain/topics.ts'
import type { Logger } from '#platform/log-line.ts'
import type { SigningKeys } from '#platform/signature.ts'
import type { TokenSource } from '#platform/tokens.ts'
import type { Log } from '#log/log.ts'
import type { Store } from '#store/store.ts'
import type { Monitor } from '../upkeep/monitor/monitor.ts'
import type { EmbeddedGateway } from '../proposers/billing/embedded/embedded-gateway.ts'
import type { Waiters } from './waiters.ts'

/** The parts that the API is built from. */
export interface ApiDeps {
  store: Store
  log: Log
  topics: TopicNames
  tokens: TokenSource
  waiters: Waiters
  /** Ends the streams, which would otherwise keep the server from closing for minutes. */
  closing: AbortSignal
  streamTimes?: StreamTimes
  /** The keys that sign the addresses of calendar feeds. Without them there are no feeds. */
  commandKeys?: SigningKeys
  /** Milliseconds since the epoch. */
  now: () => number
  logger: Logger
  /** Stands for the page on which a traveler authenticates a payment; only with the embedded payment gateway. */
  authenticatePayment?: EmbeddedGateway['authenticate'] | undefined
  /** Shared with the groups of the same process; /healthz and /metrics show it. A monitor of its own if absent. */
  monitor?: Monitor
}

export interface StreamTimes {
  /** Sent to the reader: how soon to reconnect after the end. */
  retryMs: number
  /** Proxies and browsers close idle connections. */
  heartbeatMs: number
  /** A stream ends after some minutes, so that tokens are verified again and readers spread over all replicas. */
  lifetimeMs: number
  /** A reader that reads nothing for this long is dropped. */
  stalledMs: number
}

/** What an authenticated request carries. */
export interface ApiEnv {
  /** Node's own request. Absent in tests that call the app directly. */
  Bindings: { incoming?: { socket: { remoteAddress?: string | undefined } } }
  Variables: { principal: Principal } & RequestIdVariables
}
