/** The edge under Deno. */
import { createLogger, logFatal } from '#platform/log-line.ts'
import { foreignHost } from '#platform/own-host.ts'
import { PortTaken, portTaken } from '#platform/port-taken.ts'
import { problem, PROBLEMS } from '#platform/problems.ts'
import { LOCALHOST } from '#platform/settings.ts'
import { composeEdge } from './compose.ts'
import { type EdgeConfig, EDGE_VARIABLES, readEdgeConfig } from './config.ts'

interface DenoServeOptions {
  port: number
  hostname: string
  onListen: (address: { port: number }) => void
}

type Handle = (request: Request, info: { remoteAddr: { hostname: string } }) => Response | Promise<Response>

interface DenoServer {
  addr: { port: number }
  shutdown(): Promise<void>
}

/** The part of Deno's API used here, so that type checks do not need Deno's types. */
declare const Deno: {
  env: { get(name: string): string | undefined }
  serve(options: DenoServeOptions, handle: Handle): DenoServer
  addSignalListener(signal: 'SIGINT' | 'SIGTERM', listener: () => void): void
  exit(code: number): never
}

declare global {
  interface ImportMeta {
    main: boolean
  }
}

/** Requests still running after a signal are cut off after this time. */
const GRACE_MS = 8_000

/** Read one by one, because reading the whole environment needs permission for all of it. */
const environment = (): Record<string, string | undefined> =>
  Object.fromEntries(EDGE_VARIABLES.map((name) => [name, Deno.env.get(name)]))

const log = createLogger('edge')

function serve(config: EdgeConfig): void {
  const { fetch } = composeEdge(config, log)
  const isLocal = config.hostname === LOCALHOST
  const handle: Handle = (request, { remoteAddr }) =>
    (isLocal ? rejected(request) : undefined) ?? fetch(request, { peer: remoteAddr.hostname })
  const [first, second] = isLocal ? LOOPBACK : [config.hostname ?? EVERY_ADDRESS]
  const server = listen(
    { port: config.port, hostname: first, onListen: ({ port }) => log.info(`listens on ${port}`) },
    handle,
  )
  const servers = [server, ...(second === undefined ? [] : listenToo(second, server.addr.port, handle))]
  const end = async () => {
    setTimeout(() => Deno.exit(0), GRACE_MS)
    await Promise.all(servers.map((one) => one.shutdown()))
    Deno.exit(0)
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) Deno.addSignalListener(signal, () => void end())
}

/** The addresses of `localhost`. */
const LOOPBACK = ['127.0.0.1', '::1'] as const

const EVERY_ADDRESS = '0.0.0.0'

function listen(options: DenoServeOptions, handle: Handle): DenoServer {
  try {
    return Deno.serve(options, handle)
  } catch (error) {
    throw hasName(error, 'AddrInUse') ? new PortTaken(portTaken(options.port, 'EDGE_PORT')) : error
  }
}

/** A computer without IPv6 has no `::1`. */
function listenToo(hostname: string, port: number, handle: Handle): DenoServer[] {
  try {
    return [listen({ hostname, port, onListen: () => undefined }, handle)]
  } catch (error) {
    if (hasName(error, 'AddrNotAvailable')) return []
    throw error
  }
}

const hasName = (error: unknown, name: string): boolean => error instanceof Error && error.name === name

function rejected(request: Request): Response | undefined {
  const detail = foreignHost(request.headers.get('Host'))
  if (detail === undefined) return undefined
  const document = problem(PROBLEMS.invalid_http, { detail })
  return Response.json(document, { status: document.status, headers: { 'Content-Type': 'application/problem+json' } })
}

if (import.meta.main) {
  try {
    serve(readEdgeConfig(environment()))
  } catch (error) {
    logFatal(log, error)
    Deno.exit(1)
  }
}
