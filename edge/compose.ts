import type { Context, Hono } from 'hono'
import type { Logger } from '#platform/log-line.ts'
import { webhookSecretsOf, webhookVerifierOf } from '#platform/webhook-signature.ts'
import { createEdge } from './app.ts'
import type { EdgeDeps, EdgeEnv } from './deps.ts'
import { addressOf } from './guard/address.ts'
import { createCommandLog } from './commands/command-log.ts'
import type { EdgeConfig } from './config.ts'
import { createQueryClient } from './reads/query-client.ts'

/** The edge with clients of its proxy and query API, for every runtime. */
export function composeEdge(config: EdgeConfig, log: Logger, demoTokens?: EdgeDeps['demoTokens']): Hono<EdgeEnv> {
  const {
    proxy,
    queryUrl,
    tokens,
    allowPastDates,
    origins,
    requestsPerMinute,
    trustedProxies = 0,
    webhookSecret,
  } = config
  return createEdge({
    commands: createCommandLog(proxy),
    query: createQueryClient(queryUrl),
    tokens,
    verifyWebhook: webhookVerifierOf(webhookSecretsOf(proxy.commandKeys, webhookSecret)),
    allowPastDates,
    origins,
    requestsPerMinute,
    addressOf: addressOf(peerOf, trustedProxies),
    log,
    ...(demoTokens && { demoTokens }),
  })
}

/** As Node and Deno pass it; Cloudflare states it in a header that clients cannot set. */
const peerOf = ({ env, req }: Context<EdgeEnv>): string | undefined =>
  env?.incoming?.socket.remoteAddress ?? env?.peer ?? (isCloudflare ? req.header('CF-Connecting-IP') : undefined)

const isCloudflare = globalThis.navigator?.userAgent === 'Cloudflare-Workers'
