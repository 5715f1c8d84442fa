import { afterEach, beforeEach } from 'vitest'
import type { Role } from '#domain/actor.ts'
import { plannedTopics, TOPICS } from '#domain/topics.ts'
import { openEmbeddedLog } from '#log/embedded/embedded-log.ts'
import type { Log } from '#log/log.ts'
import { createLogger, printTrouble } from '#platform/log-line.ts'
import { createSigner } from '#platform/testing/signer.ts'
import { openEmbeddedStore } from '#store/embedded/embedded-store.ts'
import type { Store } from '#store/store.ts'
import { createApi } from '../api/app.ts'
import type { ApiDeps } from '../api/deps.ts'
import { createWaiters, type Waiters } from '../api/waiters.ts'
import { COLLECTIONS } from '../collections.ts'

/** For tests: the API on an embedded log and store of its own, in memory, and tokens that it accepts. */

const { tokens, sign } = await createSigner()

export const tokenOf = (role: Role, sub: string): Promise<string> => sign({ role, sub })

export interface TestResponse {
  status: number
  headers: Headers
  // oxlint-disable-next-line typescript/no-explicit-any -- a test says what it expects
  body: Record<string, any> & { data: any[] }
}

export interface TestRequest {
  method?: string
  headers?: Record<string, string>
  body?: string
}

export interface TestApi {
  log: Log
  store: Store
  waiters: Waiters
  app: ReturnType<typeof createApi>
  /** What the API is made of; a processor for it takes the same. */
  deps: ApiDeps
  ask: (path: string, role?: Role, sub?: string, init?: TestRequest) => Promise<TestResponse>
  /** The value of a metric without labels. */
  metric: (name: string) => Promise<number>
  close: () => Promise<void>
}

/** When the tests of {@link testApi} take place. */
export const NOW = Date.parse('2026-11-21T12:00:00Z')

/** The API of the current test: each test of the file gets a new one, which is closed after it. */
export function testApi(changes: Partial<Omit<ApiDeps, 'report'>> = { now: () => NOW }): TestApi {
  const api = {} as TestApi
  beforeEach(async () => void Object.assign(api, await openTestApi(changes)))
  afterEach(() => api.close())
  return api
}

/** @param changes what is different about this one */
export async function openTestApi(changes: Partial<ApiDeps> = {}): Promise<TestApi> {
  const log = openEmbeddedLog({ file: ':memory:' })
  const store = openEmbeddedStore({ file: ':memory:', collections: COLLECTIONS })
  await log.createTopics(plannedTopics(TOPICS))
  const waiters = createWaiters()
  const leaving = new AbortController()
  const logger = createLogger('processor', printTrouble)
  const common = { log, store, waiters, logger, tokens, topics: TOPICS, closing: leaving.signal, now: Date.now }
  const deps = { ...common, ...changes }
  const app = createApi(deps)
  return {
    log,
    store,
    waiters,
    app,
    deps,
    async ask(path, role = 'traveler', sub = 't1', init = {}) {
      const headers = { authorization: `Bearer ${await tokenOf(role, sub)}`, ...init.headers }
      const response = await app.request(path, { ...init, headers })
      const text = await response.text()
      return { status: response.status, headers: response.headers, body: text === '' ? null : JSON.parse(text) }
    },
    async metric(name) {
      const text = await (await app.request('/metrics')).text()
      return Number(new RegExp(`^${name} (.*)$`, 'm').exec(text)?.[1])
    },
    async close() {
      leaving.abort()
      await log.close()
      await store.close()
    },
  }
}
