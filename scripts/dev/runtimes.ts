/** The commands that start the edge on each runtime, for development and tests. */
import { join } from 'node:path'
import { EDGE_VARIABLES } from '#edge/config.ts'
import { LOCALHOST } from '#platform/settings.ts'
import type { DevKeys } from './keys.ts'
import type { LocalConfig } from '../system/config.ts'

export const RUNTIMES = ['node', 'deno', 'workerd'] as const
export type Runtime = (typeof RUNTIMES)[number]

/** The edge's variables, including `EDGE_PORT`. */
export type Variables = Readonly<Record<string, string>> & { EDGE_PORT: string }

export interface Command {
  file: string
  args: string[]
  env: Record<string, string>
  /** Lines of its output that must not be printed. */
  hidden?: RegExp
}

const ROOT = join(import.meta.dirname, '../..')

/** Keeps deno and wrangler from using the network, for example to check for new versions. */
const OFFLINE = {
  DENO_NO_UPDATE_CHECK: '1',
  WRANGLER_HIDE_BANNER: 'true',
  WRANGLER_SEND_METRICS: 'false',
  CLOUDFLARE_CF_FETCH_ENABLED: 'false',
}

/** The variables of an edge that uses the proxy and the query API of this computer. */
export const variablesFor = (
  config: LocalConfig,
  { jwks, commandKeys }: Pick<DevKeys, 'jwks' | 'commandKeys'>,
  port = config.EDGE_PORT,
): Variables => ({
  PROFILE: 'dev',
  LISTEN_HOST: config.LISTEN_HOST,
  EDGE_PORT: String(port),
  UPSTASH_KAFKA_REST_URL: `http://127.0.0.1:${config.PROXY_PORT}`,
  UPSTASH_KAFKA_REST_USERNAME: config.UPSTASH_KAFKA_REST_USERNAME,
  UPSTASH_KAFKA_REST_PASSWORD: config.UPSTASH_KAFKA_REST_PASSWORD,
  KAFKA_REQUEST_TOPIC: config.KAFKA_REQUEST_TOPIC,
  COMMAND_KEYS: commandKeys,
  QUERY_URL: `http://127.0.0.1:${config.PROCESSOR_PORT}`,
  JWT_ISSUER: config.JWT_ISSUER,
  JWT_AUDIENCE: config.JWT_AUDIENCE,
  JWT_JWKS: JSON.stringify(jwks),
  ALLOW_PAST_DATES: String(config.ALLOW_PAST_DATES),
  CORS_ORIGINS: config.CORS_ORIGINS.join(','),
  RATE_LIMIT_PER_MINUTE: String(config.RATE_LIMIT_PER_MINUTE),
})

const LINE_WITH_PORT = /(?:listens on |Ready on http:\/\/[^:\s]+:)(\d+)/

/** The port in the output of a started process or of wrangler; undefined until it is printed. */
export const portIn = (output: string): number | undefined => {
  const port = LINE_WITH_PORT.exec(output)?.[1]
  return port === undefined ? undefined : Number(port)
}

/** Wrangler's table of variables. A value can have several lines. */
const BINDINGS =
  /^(Using secrets defined in|Your Worker has access to the following bindings|Binding +Resource|env\.\S+ )|Environment Variable +local *$/

/** Wrangler passes its own environment to the worker. Its arguments are visible to every user of this computer. */
const WORKER_VARIABLES = { CLOUDFLARE_INCLUDE_PROCESS_ENV: 'true' }

export const edgeOn = (runtime: Runtime, variables: Variables): Command => COMMANDS[runtime](variables)

export const wrangler = (...args: string[]): Command => {
  const [program, ...config] = [join(ROOT, 'node_modules/wrangler/bin/wrangler.js'), '--config', 'wrangler.toml']
  return { file: process.execPath, args: [program, ...args, ...config, '--cwd', ROOT], env: OFFLINE }
}

const COMMANDS: Record<Runtime, (variables: Variables) => Command> = {
  node: (variables) => ({ file: process.execPath, args: [join(ROOT, 'edge/node.ts')], env: { ...variables } }),
  deno: (variables) => ({
    file: join(ROOT, 'node_modules/.bin/deno'),
    args: ['run', ...denoFlags(variables), join(ROOT, 'edge/deno.ts')],
    env: { ...variables, ...OFFLINE },
  }),
  workerd: ({ EDGE_PORT: port, LISTEN_HOST: host, ...variables }) => {
    const address = host === undefined || host === LOCALHOST ? '127.0.0.1' : host
    const listening = ['--ip', address, '--port', port, '--inspector-port', '0']
    const command = wrangler('dev', '--local', '--show-interactive-dev-session=false', ...listening)
    return { ...command, env: { ...command.env, ...WORKER_VARIABLES, ...variables }, hidden: BINDINGS }
  },
}

/** Deno's permissions: read the edge's variables, listen on its port, and connect to its peers. */
function denoFlags(variables: Variables): string[] {
  const peers = ['UPSTASH_KAFKA_REST_URL', 'QUERY_URL', 'JWT_JWKS_URL'].flatMap((name) => variables[name] ?? [])
  const hosts = [...listeningHosts(variables), ...peers.map((url) => new URL(url).host)]
  const installed = [
    '--no-remote',
    '--cached-only',
    '--node-modules-dir=manual',
    '--no-prompt',
    '--unstable-no-legacy-abort',
  ]
  return [...installed, `--allow-env=${EDGE_VARIABLES.join(',')}`, `--allow-net=${hosts.join(',')}`]
}

/** Of a port that Deno chooses, any port is allowed. */
function listeningHosts({ EDGE_PORT: port, LISTEN_HOST: host, PROFILE: profile }: Variables): string[] {
  const isLocal = (host ?? (profile === 'dev' ? LOCALHOST : undefined)) === LOCALHOST
  const addresses = isLocal ? ['127.0.0.1', '[::1]'] : [host === '::' ? '[::]' : '0.0.0.0']
  return addresses.map((address) => (port === '0' ? address : `${address}:${port}`))
}
