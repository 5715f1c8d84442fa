import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { serve } from '@hono/node-server'
import type { Hono } from 'hono'
import type { Report } from './answer.ts'
import { createEdge, type EdgeEnv } from './app.ts'
import { createCommandLog } from './command-log.ts'
import { type EdgeConfig, readEdgeConfig } from './config.ts'
import { createQueryApi } from './query-api.ts'

export interface RunningEdge {
  app: Hono<EdgeEnv>
  port: number
  /** Takes no more requests and waits for those under way, which are cut off after `graceMs`. */
  close(graceMs?: number): Promise<void>
}

/** The edge as a Node server. */
export async function startEdge(config: EdgeConfig, report: Report): Promise<RunningEdge> {
  const { tokens, allowPastDates, origins, requestsPerMinute } = config
  const query = createQueryApi(config.queryUrl)
  const app = createEdge({
    commands: createCommandLog(config.proxy),
    query,
    tokens,
    allowPastDates,
    origins,
    requestsPerMinute,
    report,
  })
  const server = serve({ fetch: app.fetch, port: config.port })
  await once(server, 'listening').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EADDRINUSE') throw error
    throw new Error(`Port ${config.port} is taken by another process: stop it, or set EDGE_PORT to another port.`)
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
  const edge = await startEdge(readEdgeConfig(process.env), ({ requestId, request, error }) =>
    console.error(JSON.stringify({ level: 'error', part: 'edge', requestId, request, error: String(error) })),
  )
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void edge.close())
  console.log(JSON.stringify({ level: 'info', part: 'edge', message: `listens on ${edge.port}` }))
}

if (import.meta.main) {
  try {
    await main()
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    process.exitCode = 1
  }
}
