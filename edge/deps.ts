import type { RequestIdVariables } from 'hono/request-id'
import type { Principal, Role } from '#domain/actor.ts'
import type { Trace } from '#domain/trace.ts'
import type { Logger } from '#platform/log-line.ts'
import type { TokenSource } from '#platform/tokens.ts'
import type { VerifyWebhook } from '#platform/webhook-signature.ts'
import type { CommandLog } from './commands/command-log.ts'
import type { AddressOf } from './guard/address.ts'
import type { QueryClient } from './reads/query-client.ts'

/** Tokens that the reference page fills in, so that a reader can try every route; only for development. */
export type DemoTokens = Readonly<Record<Role, string>>

/** The parts and settings that an edge is composed of. */
export interface EdgeDeps {
  commands: CommandLog
  query: QueryClient
  tokens: TokenSource
  /** Verifies what the payment provider reports. */
  verifyWebhook: VerifyWebhook
  /** Whether check-in days may have passed, as in the documents' examples; only for development. */
  allowPastDates: boolean
  /** Origins whose pages may call the edge. */
  origins?: readonly string[]
  /** For each principal; absent or 0: no limit. */
  requestsPerMinute?: number
  /** The client's address, for limits without a token; all clients share one limit if absent. */
  addressOf?: AddressOf
  /** How long a decision waits for its receipt, if the client does not say. */
  outcomeWaitMs?: number
  /** Milliseconds since the epoch. */
  now?: () => number
  log: Logger
  /** Fresh tokens for the reference page; only for development. */
  demoTokens?: () => Promise<DemoTokens>
}

/** What the runtime and middleware add to a request. */
export interface EdgeEnv {
  /** Of Node: its own request. Of Deno: the address of the peer. */
  Bindings: { incoming?: { socket: { remoteAddress?: string | undefined } }; peer?: string }
  Variables: { principal: Principal; trace: Trace } & RequestIdVariables
}
