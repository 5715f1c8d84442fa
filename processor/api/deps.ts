import type { Principal } from '#domain/actor.ts'
import type { Topics } from '#domain/topics.ts'
import type { TokenSource } from '#platform/tokens.ts'
import type { Log } from '#log/log.ts'
import type { Store } from '#store/store.ts'
import type { Monitor } from '../upkeep/monitor/monitor.ts'
import type { Waiters } from './waiters.ts'

/** What the query API is made of. */
export interface ApiDeps {
  store: Store
  log: Log
  topics: Topics
  tokens: TokenSource
  waiters: Waiters
  /** Ends the streams, which would otherwise keep a server from closing for minutes. */
  closing: AbortSignal
  streamTimes?: StreamTimes
  /** Milliseconds since the epoch. */
  now: () => number
  report: (failure: { path: string; error: unknown }) => void
  /** What /healthz and /metrics tell, of the processor in the same process too; of the API alone, if absent. */
  monitor?: Monitor
}

export interface StreamTimes {
  /** Told to the reader: how soon to come back after the end. */
  retryMs: number
  /** Proxies and browsers forget connections that say nothing. */
  heartbeatMs: number
  /** A stream ends after some minutes: so tokens are asked for again, and readers spread over the replicas there are. */
  lifetimeMs: number
  /** A reader that takes nothing for so long is dropped. */
  stalledMs: number
}

/** What a request has once it is known who asks. */
export interface ApiEnv {
  Variables: { principal: Principal }
}
