import { once } from 'node:events'
import { createServer, STATUS_CODES, type Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import type { Hono } from 'hono'
import type { ProxyEnv } from '../http/env.ts'

export interface Served {
  port: number
  /** Takes no more connections and finishes the requests under way, for `graceMs` at most. */
  close: (graceMs: number) => Promise<void>
}

/**
 * Whoever sends more slowly than this is cut off; who is silent between two requests may be so for longer than any load
 * balancer keeps a connection, so that it is never the server who closes one in which a request is on its way.
 */
const TIMES = { requireHostHeader: false, headersTimeout: 10_000, requestTimeout: 30_000, keepAliveTimeout: 75_000 }

/** Rejects with a sentence when the port is taken. */
export async function serveProxy(app: Hono<ProxyEnv>, port: number): Promise<Served> {
  const listen = getRequestListener(app.fetch, { errorHandler: () => unreadable(400, 'this is not a request') })
  const server = createServer(TIMES, (incoming, outgoing) => void listen(incoming, outgoing))
  server.on('clientError', refuseUnreadable)
  server.listen(port)
  await once(server, 'listening').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EADDRINUSE') throw error
    throw new Error(`Port ${port} is taken by another process: stop it, or set PROXY_PORT to another port.`)
  })
  return { port: (server.address() as AddressInfo).port, close: (graceMs) => close(server, graceMs) }
}

const SWEEP_MS = 20

async function close(server: Server, graceMs: number): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve))
  // A connection that has had its answer stays open for the next request, which is not to come.
  const sweep = setInterval(() => server.closeIdleConnections(), SWEEP_MS)
  const late = setTimeout(() => server.closeAllConnections(), graceMs)
  await closed
  clearInterval(sweep)
  clearTimeout(late)
}

const body = (status: number, error: string): string => JSON.stringify({ error, status })

const unreadable = (status: number, error: string): Response =>
  new Response(body(status, error), { status, headers: { 'Content-Type': 'application/json' } })

const STATUS: Record<string, [status: number, error: string]> = {
  HPE_HEADER_OVERFLOW: [431, 'the head of the request is too large'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'the request did not come in time'],
}

/** What Node cannot read as HTTP gets the body that clients expect, too. */
function refuseUnreadable(error: NodeJS.ErrnoException, socket: Socket): void {
  if (!socket.writable || error.code === 'ECONNRESET') return void socket.destroy()
  const [status, reason] = STATUS[error.code ?? ''] ?? [400, 'this is not HTTP']
  const text = body(status, reason)
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(text)}`,
    'Connection: close',
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${text}`)
}
