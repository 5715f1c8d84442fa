import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { PortTaken, portTaken } from '../port-taken.ts'

export type Fetch = (request: Request) => Response | Promise<Response>

export interface Served {
  port: number
  /** Accepts no more requests and waits for the running ones, which are cut off after `graceMs`. May be called again. */
  close: (graceMs?: number) => Promise<void>
}

export interface ServeOptions {
  /** 0 is any free port. */
  port: number
  /** The setting that moves the port, for the error when the port is taken. */
  variable?: string
  /** Default: every address of this computer. */
  hostname?: string
  /** Whether HTTP/1.1 requests need a Host header. Default: true. */
  requireHostHeader?: boolean
  /** The response to a request that cannot be passed to `fetch`. */
  onError?: (error: unknown) => Response
  /** Responds to bytes that are not HTTP. */
  onClientError?: (error: NodeJS.ErrnoException, socket: Socket) => void
}

/**
 * A client that sends more slowly than this is cut off. An idle connection is kept longer than load balancers keep it, so that
 * the server never closes a connection in which a request is on its way.
 */
const TIMES = { headersTimeout: 10_000, requestTimeout: 30_000, keepAliveTimeout: 75_000 }

const GRACE_MS = 8_000

/**
 * Serves an app with Node, and resolves once it listens.
 * @throws PortTaken
 */
export async function serve(fetch: Fetch, options: ServeOptions): Promise<Served> {
  const { port, variable, hostname, requireHostHeader = true, onError, onClientError } = options
  const listen = getRequestListener(fetch, { errorHandler: onError })
  const server = createServer({ ...TIMES, requireHostHeader }, (incoming, outgoing) => void listen(incoming, outgoing))
  if (onClientError) server.on('clientError', onClientError)
  server.listen(port, hostname)
  await once(server, 'listening').catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'EADDRINUSE' ? new PortTaken(portTaken(port, variable)) : error
  })
  let closed: Promise<void> | undefined
  return {
    port: (server.address() as AddressInfo).port,
    close: (graceMs = GRACE_MS) => (closed ??= close(server, graceMs)),
  }
}

const SWEEP_MS = 20

async function close(server: Server, graceMs: number): Promise<void> {
  const closed = once(server, 'close')
  server.close()
  // A connection becomes idle after its response, and would then stay open for a next request.
  const sweep = setInterval(() => server.closeIdleConnections(), SWEEP_MS)
  const late = setTimeout(() => server.closeAllConnections(), graceMs)
  await closed
  clearInterval(sweep)
  clearTimeout(late)
}
