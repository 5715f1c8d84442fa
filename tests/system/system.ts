import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type LogLine, printTrouble } from '#platform/log-line.ts'
import type { JSONWebKeySet } from '#platform/tokens.ts'
import type { Role } from '#domain/actor.ts'
import { devKeys } from '../../scripts/dev/keys.ts'
import { type LocalConfig, readLocalConfig } from '../../scripts/system/config.ts'
import { startSystem, type System } from '../../scripts/system/system.ts'

/** For tests: the whole system on free ports, with a folder of its own, spoken to by HTTP. */

export interface Answer {
  status: number
  headers: Headers
  // oxlint-disable-next-line typescript/no-explicit-any -- a test says what it expects
  body: any
}

export type Client = (method: string, path: string, body?: unknown, headers?: Record<string, string>) => Promise<Answer>

export interface TestSystem {
  as: (role: Role, sub: string) => Client
  tokenOf: (role: Role, sub: string) => Promise<string>
  ports: System['ports']
  /** Where its parts are, for an edge beside its own. */
  parts: Parts
  /** What its parts have reported so far: faults of ours, of which clients are told nothing. */
  reports: readonly LogLine[]
  /** Stops it and starts it again on the same folder, perhaps with another environment. */
  restart: (env?: Record<string, string>) => Promise<void>
  close: () => Promise<void>
}

interface Parts {
  jwks: JSONWebKeySet
  issuer: string
  audience: string
  proxy: { url: string; username: string; password: string; topic: string }
  query: string
}

/** @param base settings for this start and every other */
export async function startTestSystem(base: Record<string, string> = {}): Promise<TestSystem> {
  const folder = await mkdtemp(join(tmpdir(), 'reservoir-'))
  const { sign, jwks } = await devKeys(folder, {})
  const configOf = (env: Record<string, string>) =>
    readLocalConfig({ EDGE_PORT: '0', PROXY_PORT: '0', PROCESSOR_PORT: '0', DATA_DIR: folder, ...base, ...env })
  const reports: LogLine[] = []
  const print = (line: LogLine) => {
    if (line.level === 'error') reports.push(line)
    printTrouble(line)
  }
  const start = (env: Record<string, string> = {}) => startSystem(configOf(env), jwks, print)
  let system = await start()
  const tokenOf = (role: Role, sub: string) => sign({ role, sub })

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
    get parts() {
      return partsOf(system, configOf({}), jwks)
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

function partsOf({ ports }: System, config: LocalConfig, jwks: JSONWebKeySet): Parts {
  const { JWT_ISSUER: issuer, JWT_AUDIENCE: audience, KAFKA_REQUEST_TOPIC: topic } = config
  const { UPSTASH_KAFKA_REST_USERNAME: username, UPSTASH_KAFKA_REST_PASSWORD: password } = config
  const proxy = { url: originOf(ports.proxy), username, password, topic }
  return { jwks, issuer, audience, proxy, query: originOf(ports.processor) }
}

/** Somebody with a token who speaks JSON. */
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
