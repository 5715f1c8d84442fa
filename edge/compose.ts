import type { Hono } from 'hono'
import type { Logger } from '#platform/log-line.ts'
import { createEdge } from './app.ts'
import type { EdgeDeps, EdgeEnv } from './deps.ts'
import { createCommandLog } from './commands/command-log.ts'
import type { EdgeConfig } from './config.ts'
import { createQueryClient } from './reads/query-client.ts'

/** The edge with clients of its proxy and query API, for every runtime. */
export function composeEdge(config: EdgeConfig, log: Logger, demoTokens?: EdgeDeps['demoTokens']): Hono<EdgeEnv> {
  const { proxy, queryUrl, tokens, allowPastDates, origins, requestsPerMinute } = config
  return createEdge({
    commands: createCommandLog(proxy),
    query: createQueryClient(queryUrl),
    tokens,
    allowPastDates,
    origins,
    requestsPerMinute,
    log,
    ...(demoTokens && { demoTokens }),
  })
}
