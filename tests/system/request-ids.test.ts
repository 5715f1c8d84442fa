import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { TOPICS } from '#domain/topics.ts'
import { composeEdge } from '#edge/compose.ts'
import { createLogger, type LogLine } from '#platform/log-line.ts'
import { COMMAND_KEYS } from '#platform/testing/command-keys.ts'
import { localKeys } from '#platform/tokens.ts'
import { devKeys, type DevKeys } from '../../scripts/dev/keys.ts'
import { readLocalConfig } from '../../scripts/system/config.ts'
import { startSystem, type System } from '../../scripts/system/system.ts'

/** The id of a failed request is in the log lines of every process that the request passed. */

let folder: string
let keys: DevKeys
let system: System
const config = readLocalConfig({ EDGE_PORT: '0', PROXY_PORT: '0', PROCESSOR_PORT: '0' })
const lines: LogLine[] = []
const print = (line: LogLine) => void lines.push(line)

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reservoir-'))
  keys = await devKeys(folder, {})
  system = await startSystem({ ...config, DATA_DIR: folder }, keys, print)
})

beforeEach(() => void lines.splice(0))

afterAll(async () => {
  await system.close()
  await rm(folder, { recursive: true })
})

const urlOf = (process: 'edge' | 'proxy' | 'processor') => `http://127.0.0.1:${system.ports[process]}`

async function ask(
  path: string,
  init: Omit<RequestInit, 'headers'> & { headers?: Record<string, string> } = {},
  send: typeof fetch | typeof brokenEdge = fetch,
) {
  const token = await keys.sign({ role: 'traveler', sub: 'traveler-1' })
  const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json', ...init.headers }
  return send(urlOf('edge') + path, { ...init, headers })
}

/** An edge whose proxy does not have its topic. */
function brokenEdge(url: string | URL | Request, init?: RequestInit): Promise<Response> {
  const username = config.UPSTASH_KAFKA_REST_USERNAME
  const password = config.UPSTASH_KAFKA_REST_PASSWORD
  const edge = composeEdge(
    {
      port: 0,
      proxy: { url: urlOf('proxy'), username, password, topic: 'missing', commandKeys: COMMAND_KEYS },
      queryUrl: urlOf('processor'),
      tokens: { keys: localKeys(keys.jwks), issuer: config.JWT_ISSUER, audience: config.JWT_AUDIENCE },
      allowPastDates: true,
      origins: [],
      requestsPerMinute: 0,
    },
    createLogger('edge', print),
  )
  return Promise.resolve(edge.fetch(new Request(url, init)))
}

const failures = () =>
  lines
    .filter(({ message }) => message === 'a request failed')
    .map(({ timestamp: _timestamp, message: _message, ms: _ms, ...line }) => JSON.parse(JSON.stringify(line)))

test('a 404 of the query API has a line at the edge and at the processor', async () => {
  const response = await ask('/v1/bookings/b-0', { headers: { 'X-Request-Id': 'mine-1' } })
  const { requestId } = (await response.json()) as { requestId: string }
  expect([response.status, requestId]).toEqual([404, 'mine-1'])
  const line = {
    level: 'info',
    requestId,
    method: 'GET',
    path: '/v1/bookings/b-0',
    status: 404,
    code: 'unknown_booking',
  }
  expect(failures()).toEqual([
    { ...line, service: 'processor' },
    { ...line, service: 'edge' },
  ])
})

test('a line has no values of the query', async () => {
  const response = await ask('/v1/bookings?secret=word')
  expect(response.status).toBe(422)
  expect(failures()).toMatchObject([{ service: 'edge', path: '/v1/bookings', status: 422 }])
  expect(JSON.stringify(lines)).not.toContain('word')
})

test('a generated id is passed on too', async () => {
  const response = await ask('/v1/listings/none/availability?from=2030-01-01&to=2030-01-02')
  const { requestId } = (await response.json()) as { requestId: string }
  expect(response.status).toBe(404)
  expect(failures()).toMatchObject([
    { service: 'processor', requestId },
    { service: 'edge', requestId },
  ])
})

test('a command that the proxy refuses has a line at the proxy and at the edge', async () => {
  const body = JSON.stringify({ listingId: 'listing-123', checkIn: '2031-01-01', checkOut: '2031-01-02', guests: 1 })
  const response = await ask('/v1/bookings', { method: 'POST', body }, brokenEdge)
  const { requestId } = (await response.json()) as { requestId: string }
  expect(response.status).toBe(503)
  expect(failures()).toEqual([
    { service: 'proxy', level: 'info', requestId, method: 'POST', route: '/produce', user: 'reservoir', status: 404 },
    {
      service: 'edge',
      level: 'error',
      requestId,
      method: 'POST',
      path: '/v1/bookings',
      status: 503,
      code: 'log_unavailable',
    },
  ])
})

test.each([
  ['/nowhere', {}, 404, 'not_found'],
  ['/v1/bookings', { method: 'PATCH' }, 405, 'method_not_allowed'],
  ['/v1/bookings', { method: 'POST', body: '{' }, 400, 'malformed_json'],
  ['/v1/bookings', { headers: { Authorization: 'none' } }, 401, 'unauthenticated'],
] as const)('%s with %j has one line with its code', async (path, init, status, code) => {
  const response = await ask(path, init)
  expect(response.status).toBe(status)
  const requestId = response.headers.get('x-request-id')
  expect(failures()).toMatchObject([{ service: 'edge', level: 'info', requestId, path, status, code }])
})

test('success, readiness and a receipt that does not exist yet have no line', async () => {
  const body = JSON.stringify({ listingId: 'listing-123', checkIn: '2032-01-01', checkOut: '2032-01-02', guests: 1 })
  const keyed = { method: 'POST', body, headers: { 'Idempotency-Key': 'a-new-key' } }
  expect((await ask('/v1/bookings', keyed)).status).toBe(201)
  expect((await ask('/readyz')).status).toBe(200)
  expect(failures()).toEqual([])
})

test('the dead letter of a message names the request of the message', async () => {
  const { UPSTASH_KAFKA_REST_USERNAME: username, UPSTASH_KAFKA_REST_PASSWORD: password } = config
  const headers = [
    { key: 'ce_source', value: '/reservoir/edge' },
    { key: 'ce_type', value: 'AcceptBooking' },
    { key: 'x-request-id', value: 'mine-2' },
  ]
  await fetch(`${urlOf('proxy')}/produce`, {
    method: 'POST',
    headers: { Authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` },
    body: JSON.stringify({ topic: TOPICS.requests, key: 'k', value: '{', headers }),
  })
  const dead = () => lines.find(({ message }) => message === 'a message went to the dead letters')
  await expect.poll(dead, { timeout: 10_000 }).toMatchObject({ service: 'processor', requestId: 'mine-2' })
})
