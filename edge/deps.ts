import type { RequestIdVariables } from 'hono/request-id'
import type { Principal, Role } from '#domain/actor.ts'
import type { Trace } from '#domain/trace.ts'
import type { Logger } from '#platform/log-line.ts'
import type { TokenSource } from '#platform/tokens.ts'
import type { CommandLog } from './commands/command-log.ts'
import type { QueryClient } from './reads/query-client.ts'

/** Tokens that the reference page fills in, so that a reader can try every route; only for development. */
export type DemoTokens = Readonly<Record<Role, string>>

/** What the edge is made of; whoever serves it brings it along. */
export interface EdgeDeps {
  commands: CommandLog
  query: QueryClient
  tokens: TokenSource
  /** The documents' example dates have passed; only for development. */
  allowPastDates: boolean
  /** Whose pages may call. */
  origins?: readonly string[]
  /** Of each principal; none or 0: as many as they like. */
  requestsPerMinute?: number
  /** How long an answer waits for what became of its command. */
  outcomeWaitMs?: number
  /** Milliseconds since the epoch. */
  now?: () => number
  log: Logger
  /** Fresh tokens for the reference page; only for development. */
  demoTokens?: () => Promise<DemoTokens>
}

/** What a request has on its way in. */
export interface EdgeEnv {
  Variables: { principal: Principal; trace: Trace } & RequestIdVariables
}
