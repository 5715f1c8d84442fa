/** The edge as a Cloudflare Worker. */
import type { Hono } from 'hono'
import type { EdgeEnv } from './deps.ts'
import { createLogger } from '#platform/log-line.ts'
import { composeEdge } from './compose.ts'
import { readEdgeConfig } from './config.ts'

/** Composed by the first request: only a request brings the variables, timers and random numbers of a worker. */
let edge: Hono<EdgeEnv> | undefined

export default {
  fetch(request: Request, env: Record<string, string | undefined>): Response | Promise<Response> {
    edge ??= composeEdge(readEdgeConfig(env), createLogger('edge'))
    return edge.fetch(request)
  },
}
