import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type LogLine, printTrouble } from '#platform/log-line.ts'
import { type SigningKeys, SigningKeysText } from '#platform/signature.ts'
import type { JSONWebKeySet } from '#platform/tokens.ts'
import type { Role } from '#domain/actor.ts'
import { type DevKeys, devKeys } from '../../scripts/dev/keys.ts'
import { type LocalConfig, readLocalConfig } from '../../scripts/system/config.ts'
import { startSystem, type System } from '../../scripts/system/system.ts'

/** For tests: the whole system on free ports, with its own data folder, used over HTTP. */

export interface Answer {
  status: number
  headers: Headers
  // oxlint-disable-next-line typescript/no-explicit-any -- each test checks the shape that it expects
  body: any
}

export type Client = (method: string, path: string, body?: unknown, headers?: Record<string, string>) => Promise<Answer>

export interface TestSystem {
  as: (role: Role, sub: string) => Client
  tokenOf: (role: Role, sub: string) => Promise<string>
  ports: System['ports']
  /** The addresses and keys that a further edge needs. */
  endpoints: Endpoints
  /** Log lines of level `error` so far, except about responses that tell a client to wait. */
  reports: readonly LogLine[]
  /** Restarts the system on the same folder. @param env settings for this start */
  restart: (env?: Record<string, string>) => Promise<void>
  close: () => Promise<void>
}

interface Endpoints {
  jwks: JSONWebKeySet
  commandKeys: string
  issuer: string
  audience: string
  proxy: { url: string; username: string; password: string; topic: string; commandKeys: SigningKeys }
  query: string
}

/**
 * @param base settings for every start
 * @param watch receives every log line
 */
export async function startTestSystem(
  base: Record<string, string> = {},
  watch: (line: LogLine) => void = () => undefined,
): Promise<TestSystem> {
  const folder = await mkdtemp(join(tmpdir(), 'reservoir-'))
  const keys = await devKeys(folder, {})
  const configOf = (env: Record<string, string>) =>
    readLocalConfig({ EDGE_PORT: '0', PROXY_PORT: '0', PROCESSOR_PORT: '0', DATA_DIR: folder, ...base, ...env })
  const reports: LogLine[] = []
  const print = (line: LogLine) => {
    if (line.level === 'error' && line['status'] !== 503) reports.push(line)
    printTrouble(line)
    watch(line)
  }
  const start = (env: Record<string, string> = {}) => startSystem(configOf(env), keys, print)
  let system = await start()
  const tokenOf = (role: Role, sub: string) => keys.sign({ role, sub })

  return {
    tokenOf,
    reports,
    as: (role, sub) =>
      clientOf(
        () => tokenOf(role, sub),
        (path, init) => fetch(originOf(system.ports.edge) + path, init),
      ),
    get ports() {
      return system.ports
    },
    get endpoints() {
      return endpointsOf(system, configOf({}), keys)
    },
    async restart(env) {
      await system.close()
      system = await start(env)
    },
    async close() {
      await system.close()
      await rm(folder, { recursive: true })
    },
  }
}

const originOf = (port: number): string => `http://127.0.0.1:${port}`

function endpointsOf({ ports }: System, config: LocalConfig, { jwks, commandKeys }: DevKeys): Endpoints {
  const { JWT_ISSUER: issuer, JWT_AUDIENCE: audience, KAFKA_REQUEST_TOPIC: topic } = config
  const { UPSTASH_KAFKA_REST_USERNAME: username, UPSTASH_KAFKA_REST_PASSWORD: password } = config
  const proxy = {
    url: originOf(ports.proxy),
    username,
    password,
    topic,
    commandKeys: SigningKeysText.parse(commandKeys),
  }
  return { jwks, commandKeys, issuer, audience, proxy, query: originOf(ports.processor) }
}

/** A client that sends a token and JSON. */
export const clientOf =
  (token: () => Promise<string>, send: (path: string, init: RequestInit) => Promise<Response>): Client =>
  async (method, path, body, headers) => {
    const authorization = { Authorization: `Bearer ${await token()}` }
    const sent = body === undefined ? {} : { body: JSON.stringify(body) }
    const type: Record<string, string> = body === undefined ? {} : { 'Content-Type': 'application/json' }
    const response = await send(path, { method, headers: { ...authorization, ...type, ...headers }, ...sent })
    const text = await response.text()
    return { status: response.status, headers: response.headers, body: text === '' ? null : JSON.parse(text) }
  }
