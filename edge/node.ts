import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { serve } from '@hono/node-server'
import type { Hono } from 'hono'
import type { EdgeEnv } from './deps.ts'
import { createLogger, type Logger } from '#platform/log-line.ts'
import { composeEdge, portTaken } from './compose.ts'
import { type EdgeConfig, readEdgeConfig } from './config.ts'

export interface RunningEdge {
  app: Hono<EdgeEnv>
  port: number
  /** Takes no more requests and waits for those under way, which are cut off after `graceMs`. */
  close(graceMs?: number): Promise<void>
}

/** Whoever sends more slowly than this is cut off. */
const LIMITS = { headersTimeout: 10_000, requestTimeout: 30_000 }

/** The edge as a Node server. */
export async function startEdge(config: EdgeConfig, log: Logger): Promise<RunningEdge> {
  const app = composeEdge(config, log)
  const server = serve({ fetch: app.fetch, port: config.port, serverOptions: LIMITS })
  await once(server, 'listening').catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'EADDRINUSE' ? portTaken(config.port) : error
  })
  return {
    app,
    port: (server.address() as AddressInfo).port,
    async close(graceMs = 8_000) {
      const closed = once(server, 'close')
      server.close()
      const late = setTimeout(() => 'closeAllConnections' in server && server.closeAllConnections(), graceMs)
      await closed
      clearTimeout(late)
    },
  }
}

async function main(): Promise<void> {
  const log = createLogger('edge')
  const edge = await startEdge(readEdgeConfig(process.env), log)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void edge.close())
  log.info(`listens on ${edge.port}`)
}

if (import.meta.main) {
  try {
    await main()
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    process.exitCode = 1
  }
}
