/** The edge under Deno. */
import { createLogger, logFatal } from '#platform/log-line.ts'
import { PortTaken, portTaken } from '#platform/port-taken.ts'
import { composeEdge } from './compose.ts'
import { type EdgeConfig, EDGE_VARIABLES, readEdgeConfig } from './config.ts'

/** The part of Deno's API used here, so that type checks do not need Deno's types. */
declare const Deno: {
  env: { get(name: string): string | undefined }
  serve(
    options: { port: number; onListen: (address: { port: number }) => void },
    fetch: (request: Request, info: { remoteAddr: { hostname: string } }) => Response | Promise<Response>,
  ): { shutdown(): Promise<void> }
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
  const onListen = ({ port }: { port: number }) => log.info(`listens on ${port}`)
  const server = listen(
    () =>
      Deno.serve({ port: config.port, onListen }, (request, { remoteAddr }) =>
        fetch(request, { peer: remoteAddr.hostname }),
      ),
    config.port,
  )
  const end = async () => {
    setTimeout(() => Deno.exit(0), GRACE_MS)
    await server.shutdown()
    Deno.exit(0)
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) Deno.addSignalListener(signal, () => void end())
}

function listen<T>(serve: () => T, port: number): T {
  try {
    return serve()
  } catch (error) {
    throw error instanceof Error && error.name === 'AddrInUse' ? new PortTaken(portTaken(port, 'EDGE_PORT')) : error
  }
}

if (import.meta.main) {
  try {
    serve(readEdgeConfig(environment()))
  } catch (error) {
    logFatal(log, error)
    Deno.exit(1)
  }
}
