import type { Hono } from 'hono'
import type { Report } from './deps.ts'
import { createEdge } from './app.ts'
import type { EdgeEnv } from './deps.ts'
import { createCommandLog } from './commands/command-log.ts'
import type { EdgeConfig } from './config.ts'
import { createQueryClient } from './reads/query-client.ts'

/** The edge with its proxy and its query API behind it, the same for every runtime. */
export function composeEdge(config: EdgeConfig, report: Report): Hono<EdgeEnv> {
  const { proxy, queryUrl, tokens, allowPastDates, origins, requestsPerMinute } = config
  return createEdge({
    commands: createCommandLog(proxy),
    query: createQueryClient(queryUrl),
    tokens,
    allowPastDates,
    origins,
    requestsPerMinute,
    report,
    logLine: (line) => console.log(JSON.stringify({ level: line.success ? 'info' : 'error', part: 'edge', ...line })),
  })
}

/** A line for whoever collects what the process prints. */
export const say = (message: string): void => console.log(JSON.stringify({ level: 'info', part: 'edge', message }))

export const reportAsLine: Report = ({ requestId, request, error }) =>
  console.error(JSON.stringify({ level: 'error', part: 'edge', requestId, request, error: String(error) }))

export const portTaken = (port: number): Error =>
  new Error(`Port ${port} is taken by another process: stop it, or set EDGE_PORT to another port.`)
