/** The edge as a Cloudflare Worker. */
import type { Hono } from 'hono'
import type { EdgeEnv } from './deps.ts'
import { createLogger } from '#platform/log-line.ts'
import { composeEdge } from './compose.ts'
import { readEdgeConfig } from './config.ts'

/** Made by the first request: outside of one a worker has neither timers nor chance, and its variables come with it. */
let edge: Hono<EdgeEnv> | undefined

export default {
  fetch(request: Request, env: Record<string, string | undefined>): Response | Promise<Response> {
    edge ??= composeEdge(readEdgeConfig(env), createLogger('edge'))
    return edge.fetch(request)
  },
}
