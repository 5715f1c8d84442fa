import { onTestFinished } from 'vitest'
import { openEmbeddedLog } from '#log/embedded/embedded-log.ts'
import type { Log } from '#log/log.ts'
import { createProxy, type Proxy, type ProxyOptions } from '../app.ts'
import type { MessageJson } from '../consumers/message.ts'

export const CREDENTIALS = { username: 'proxy', password: 'pass:wörd' }
export const AUTHORIZATION = `Basic ${Buffer.from('proxy:pass:wörd').toString('base64')}`

/** Credentials of a user of `openTestProxy({ users })` whose password is its name. */
export const as = (username: string): { authorization: string } => ({
  authorization: `Basic ${Buffer.from(`${username}:${username}`).toString('base64')}`,
})

export interface TestProxy {
  log: Log
  /** Sends requests without credentials. */
  app: Proxy['app']
  request: (path: string, init?: RequestInit) => Promise<Response>
  post: (path: string, body?: unknown, headers?: Record<string, string>) => Promise<{ status: number; json: unknown }>
  get: (path: string) => Promise<{ status: number; json: unknown }>
  /** Writes values to a partition of a topic, directly to the log. */
  fill: (topic: string, partition: number, values: readonly string[]) => Promise<void>
}

/** A proxy above a log in memory, with the topics `bookings` (3 partitions) and `one` (1). */
export async function openTestProxy(options: Partial<ProxyOptions> = {}): Promise<TestProxy> {
  const log = openEmbeddedLog({ file: ':memory:' })
  const proxy = createProxy({ log, credentials: CREDENTIALS, ...options })
  onTestFinished(async () => {
    await proxy.close()
    await log.close()
  })
  await log.createTopics([
    { topic: 'bookings', partitions: 3 },
    { topic: 'one', partitions: 1 },
  ])
  const request = async (path: string, init: RequestInit = {}): Promise<Response> => {
    const headers = { authorization: AUTHORIZATION, ...(init.headers as Record<string, string>) }
    return proxy.app.request(path, { ...init, headers })
  }
  return {
    log,
    app: proxy.app,
    request,
    get: (path) => read(request(path)),
    post: (path, body, headers = {}) => read(request(path, { method: 'POST', headers, body: textOf(body) })),
    fill: async (topic, partition, values) => {
      await log.send(values.map((value) => ({ topic, partition, value })))
    },
  }
}

const textOf = (body: unknown): string | null => {
  if (body === undefined) return null
  return typeof body === 'string' ? body : JSON.stringify(body)
}

async function read(answering: Promise<Response>): Promise<{ status: number; json: unknown }> {
  const answer = await answering
  return { status: answer.status, json: await answer.json() }
}

export const valuesIn = ({ json }: { json: unknown }): string[] => (json as MessageJson[]).map(({ value }) => value)

export const retryAfter = (answer: Response): [status: number, retryAfter: string | null] => [
  answer.status,
  answer.headers.get('Retry-After'),
]
