import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { type AddressInfo, createServer as createTcpServer, type Server as TcpServer, type Socket } from 'node:net'
import { getRequestListener, type Http2Bindings, type HttpBindings, RequestError } from '@hono/node-server'
import { Budget } from '../budget.ts'
import { foreignHost } from '../own-host.ts'
import { PortTaken, portTaken } from '../port-taken.ts'
import { problem, type ProblemDocument, PROBLEMS, type ProblemType } from '../problems.ts'
import { Connections } from './connections.ts'
import { SERVER_LIMITS, type ServerLimits } from './limits.ts'
import { Pipeline } from './pipeline.ts'
import { endWith, PROBLEM_TYPE } from './plain-response.ts'

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
  /** `localhost` is every loopback address, and then a Host header must name this computer. Default: every address. */
  hostname?: string | undefined
  /** The JSON body of a response to what cannot be passed to `fetch`. Default: the problem document itself. */
  problemBody?: (document: ProblemDocument) => object
  limits?: Partial<ServerLimits>
}

const GRACE_MS = 8_000

/** How often Node looks for requests that are too slow. */
const CHECK_MS = 1_000

/** Stands in the URL of a request without a Host header, which HTTP/1.0 allows and health checks of balancers use. */
const NO_HOST = 'localhost'

/**
 * Serves an app with Node, and resolves once it listens.
 * @throws PortTaken
 */
export async function serve(fetch: Fetch, options: ServeOptions): Promise<Served> {
  const { port, variable, hostname, problemBody = (document) => document } = options
  const limits = { ...SERVER_LIMITS, ...options.limits }
  const server = createServer(nodeOptions(limits))
  const end = (socket: Socket, type: ProblemType, detail: string): void => {
    const document = problem(type, { detail })
    endWith(socket, document, problemBody(document))
  }
  const connections = limitConnections(server, limits, end)
  const isLocal = hostname === LOCALHOST
  const pipelines = handleRequests(server, limits, listenerOf(fetch, problemBody, isLocal))
  rejectInvalid(server, limits, pipelines, end)
  const listening = isLocal ? listenOnLoopback(server, port) : listen(server, port, hostname)
  const also = await listening.catch((error: NodeJS.ErrnoException) => {
    connections.stop()
    throw error.code === 'EADDRINUSE' ? new PortTaken(portTaken(port, variable)) : error
  })
  let closed: Promise<void> | undefined
  return {
    port: portOf(server),
    close: (graceMs = GRACE_MS) => {
      also?.close()
      return (closed ??= close(server, graceMs).finally(() => connections.stop()))
    },
  }
}

async function listen(server: TcpServer, port: number, hostname: string | undefined): Promise<undefined> {
  server.listen(port, hostname)
  await once(server, 'listening')
}

const portOf = (server: TcpServer): number => (server.address() as AddressInfo).port

const LOCALHOST = 'localhost'

/** For a port that is free at one address only, when any port may be taken. */
const TRIES = 5

/** Errors of a computer without IPv6. */
const WITHOUT_IPV6 = new Set(['EADDRNOTAVAIL', 'EAFNOSUPPORT'])

/**
 * Listens on both addresses of `localhost`, because a client may try only one. A Node server listens on one address, so a second server
 * passes its connections on.
 * @returns the second server; undefined without IPv6
 */
async function listenOnLoopback(server: Server, port: number, tries = TRIES): Promise<TcpServer | undefined> {
  await listen(server, port, '127.0.0.1')
  const second = createTcpServer({ allowHalfOpen: true, noDelay: true }, (socket) => server.emit('connection', socket))
  try {
    await listen(second, portOf(server), '::1')
    return second
  } catch (error) {
    const code = String((error as NodeJS.ErrnoException).code)
    if (WITHOUT_IPV6.has(code)) return undefined
    server.close()
    await once(server, 'close')
    if (port === 0 && code === 'EADDRINUSE' && tries > 1) return listenOnLoopback(server, port, tries - 1)
    throw error
  }
}

/** Node itself would reject a missing Host header without a body that says so. */
const nodeOptions = ({ headersMs, requestMs, idleMs, headerBytes }: ServerLimits) => ({
  headersTimeout: headersMs,
  requestTimeout: requestMs,
  keepAliveTimeout: idleMs,
  connectionsCheckingInterval: CHECK_MS,
  maxHeaderSize: headerBytes,
  requireHostHeader: false,
})

/** Ends a connection with a problem. */
type End = (socket: Socket, type: ProblemType, detail: string) => void

function limitConnections(server: Server, limits: ServerLimits, end: End): Connections {
  const { connections: total, connectionsPerAddress: share, sendMs } = limits
  return new Connections(server, { total, share, sendMs }, (socket, refused) => {
    if (refused === 'share') end(socket, PROBLEMS.too_many_requests, 'Your address has too many open connections.')
    else end(socket, PROBLEMS.overloaded, `The limit of ${total} open connections is reached.`)
  })
}

type Listener = (request: IncomingMessage, response: ServerResponse) => void

function listenerOf(fetch: Fetch, problemBody: (document: ProblemDocument) => object, isLocal: boolean): Listener {
  const respond = (type: ProblemType, detail?: string): Response => {
    const document = problem(type, detail === undefined ? {} : { detail })
    const headers = { 'Content-Type': PROBLEM_TYPE, Connection: 'close' }
    return Response.json(problemBody(document), { status: document.status, headers })
  }
  const checked = (request: Request, env: Bindings): Response | Promise<Response> => {
    const fault = headerFault(env.incoming) ?? (isLocal ? foreignHost(env.incoming.headers.host) : undefined)
    return fault === undefined ? fetch(request, env) : respond(PROBLEMS.invalid_http, fault)
  }
  const errorHandler = (error: unknown): Response =>
    error instanceof RequestError
      ? respond(PROBLEMS.invalid_http, 'The request target or the Host header is not valid.')
      : respond(PROBLEMS.internal_error)
  const listen = getRequestListener(checked, { errorHandler, hostname: NO_HOST })
  return (request, response) => void listen(request, response)
}

/** What RFC 9110 and 9112 let a server reject: HTTP/1.1 without a Host header, several of them, an unknown expectation. */
function headerFault({ rawHeaders, headers, httpVersion }: Bindings['incoming']): string | undefined {
  const hosts = rawHeaders.filter((name, i) => i % 2 === 0 && name.toLowerCase() === 'host').length
  if (hosts > 1) return 'The request has several Host headers.'
  if (hosts === 0 && httpVersion !== '1.0') return 'The request has no Host header.'
  const { expect } = headers
  return expect === undefined || /^100-continue$/i.test(expect) ? undefined : `Expect: ${expect} is not supported.`
}

type Pipelines = (socket: Socket) => Pipeline

function handleRequests(server: Server, limits: ServerLimits, handle: Listener): Pipelines {
  const { waitingRequests: total, waitingRequestsPerAddress: share } = limits
  const { requestsPerConnection: requests, startedPerConnection: atOnce } = limits
  const waiting = new Budget({ total, share })
  const pipelines = new WeakMap<Socket, Pipeline>()
  const pipelineOf = (socket: Socket): Pipeline => {
    const pipeline = pipelines.get(socket) ?? new Pipeline(handle, { requests, atOnce, waiting })
    pipelines.set(socket, pipeline)
    return pipeline
  }
  const add: Listener = (request, response) => pipelineOf(request.socket).add(request, response)
  server.on('request', add)
  server.on('checkExpectation', add)
  return pipelineOf
}

/** Responds to bytes that are not HTTP, after the responses to the requests before them. */
function rejectInvalid(server: Server, { headerBytes }: ServerLimits, pipelineOf: Pipelines, end: End): void {
  const problems: Record<string, [type: ProblemType, detail: string]> = {
    HPE_HEADER_OVERFLOW: [PROBLEMS.headers_too_large, `At most ${headerBytes} bytes are accepted.`],
    ERR_HTTP_REQUEST_TIMEOUT: [PROBLEMS.request_timeout, 'A part of the request is missing.'],
  }
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    if (socket.writableEnded) return
    if (error.code === 'ECONNRESET') return void socket.destroy()
    const [type, detail] = problems[error.code ?? ''] ?? [PROBLEMS.invalid_http, 'The bytes are not HTTP/1.1.']
    const pipeline = pipelineOf(socket)
    if (!pipeline.isIncomplete) return pipeline.afterAll(() => end(socket, type, detail))
    if (pipeline.isUnanswered) end(socket, type, detail)
    else socket.destroy()
  })
  server.on('connect', (_: IncomingMessage, socket: Socket) =>
    end(socket, PROBLEMS.invalid_http, 'This server is not a proxy: it does not support CONNECT.'),
  )
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
