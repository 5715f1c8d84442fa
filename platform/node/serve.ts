import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { getRequestListener, type Http2Bindings, type HttpBindings } from '@hono/node-server'
import { PortTaken, portTaken } from '../port-taken.ts'
import { problem, PROBLEMS } from '../problems.ts'

/** Node's own objects of a request. */
type Bindings = HttpBindings | Http2Bindings

export type Fetch = (request: Request, env?: Bindings) => Response | Promise<Response>

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
  /** The response to a request that is not valid HTTP/1.1. Default: the problem `invalid_http`. */
  respondInvalid?: (detail: string) => Response
  /** Responds to bytes that are not HTTP. */
  onClientError?: (error: NodeJS.ErrnoException, socket: Socket) => void
}

/**
 * A client that sends more slowly than this is cut off. An idle connection is kept longer than load balancers keep it, so that
 * the server never closes a connection in which a request is on its way.
 */
const TIMES = { headersTimeout: 10_000, requestTimeout: 30_000, keepAliveTimeout: 75_000 }

const GRACE_MS = 8_000

/** Stands in the URL of a request without a Host header, which HTTP/1.0 allows and health checks of balancers use. */
const NO_HOST = 'localhost'

const invalidHttp = (detail: string): Response => {
  const document = problem(PROBLEMS.invalid_http, { detail })
  return Response.json(document, { status: document.status, headers: { 'Content-Type': 'application/problem+json' } })
}

/**
 * Serves an app with Node, and resolves once it listens.
 * @throws PortTaken
 */
export async function serve(fetch: Fetch, options: ServeOptions): Promise<Served> {
  const { port, variable, hostname, respondInvalid = invalidHttp, onClientError } = options
  const checked = (request: Request, env: Bindings): Response | Promise<Response> => {
    const fault = hostFault(env.incoming)
    return fault === undefined ? fetch(request, env) : respondInvalid(fault)
  }
  const errorHandler = (): Response => respondInvalid('The request target or the Host header is not valid.')
  const listen = getRequestListener(checked, { errorHandler, hostname: NO_HOST })
  // Node itself would reject a missing Host header without a body that says so.
  const server = createServer(
    { ...TIMES, requireHostHeader: false },
    (request, response) => void listen(request, response),
  )
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

/** What RFC 9112 requires a server to reject: HTTP/1.1 without a Host header, and several of them in any version. */
function hostFault({ rawHeaders, httpVersion }: Bindings['incoming']): string | undefined {
  const hosts = rawHeaders.filter((name, i) => i % 2 === 0 && name.toLowerCase() === 'host').length
  if (hosts > 1) return 'The request has several Host headers.'
  return hosts === 0 && httpVersion !== '1.0' ? 'The request has no Host header.' : undefined
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
