import type { Hono } from 'hono'
import type { EdgeEnv } from './deps.ts'
import { createLogger, type Logger } from '#platform/log-line.ts'
import { runProcess } from '#platform/node/run-process.ts'
import { serve, type Served } from '#platform/node/serve.ts'
import { composeEdge } from './compose.ts'
import { type EdgeConfig, readEdgeConfig } from './config.ts'

export interface RunningEdge extends Served {
  app: Hono<EdgeEnv>
}

/** The edge as a Node server. */
export async function startEdge(config: EdgeConfig, log: Logger): Promise<RunningEdge> {
  const { port, hostname } = config
  const app = composeEdge(config, log)
  return { app, ...(await serve(app.fetch, { port, hostname, variable: 'EDGE_PORT' })) }
}

const log = createLogger('edge')

async function main(): Promise<void> {
  const edge = await startEdge(readEdgeConfig(process.env), log)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void edge.close())
  log.info(`listens on ${edge.port}`)
}

if (import.meta.main) await runProcess(log, main)
