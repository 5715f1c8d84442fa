import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createAdaptorServer } from '@hono/node-server'

export type Fetch = (request: Request) => Response | Promise<Response>

export interface Served {
  port: number
  /** Takes no more requests and waits for those under way, which are cut off after `graceMs`. May be called again. */
  close(graceMs: number): Promise<void>
}

/** Whoever sends more slowly than this is cut off; who is silent between two requests may be so for longer. */
const TIMES = { headersTimeout: 10_000, requestTimeout: 30_000, keepAliveTimeout: 75_000 }

/** Rejects with a sentence when the port is taken. */
export async function serveQueries(fetch: Fetch, port: number): Promise<Served> {
  const server = createAdaptorServer({ fetch, serverOptions: TIMES }) as Server
  server.listen(port)
  await once(server, 'listening').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EADDRINUSE') throw error
    throw new Error(`Port ${port} is taken by another process: stop it, or set PROCESSOR_PORT to another port.`)
  })
  let closed: Promise<void> | undefined
  return {
    port: (server.address() as AddressInfo).port,
    close: (graceMs) => (closed ??= close(server, graceMs)),
  }
}

async function close(server: Server, graceMs: number): Promise<void> {
  const closed = once(server, 'close')
  server.close()
  server.closeIdleConnections()
  const late = setTimeout(() => server.closeAllConnections(), graceMs)
  await closed
  clearTimeout(late)
}
