import { statSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Role } from '#domain/actor.ts'
import { edgeOn, RUNTIMES, type Runtime, wrangler } from '../../scripts/dev/runtimes.ts'
import { type EdgeProcess, killAll, run, startEdgeProcess } from './process.ts'
import { type Relay, startRelay } from './relay.ts'
import { type Client, clientOf, startTestSystem, type TestSystem } from '../system/system.ts'

/** The edge on three runtimes, started as a user starts it, each with its own system: all answer alike. */

interface Setup {
  system: TestSystem
  relay: Relay
  edge: EdgeProcess
}

const setups = {} as Record<Runtime, Setup>

beforeAll(async () => {
  // Sequentially, because the start of each runtime is measured.
  for (const runtime of RUNTIMES) {
    const system = await startTestSystem()
    const relay = await startRelay(system.endpoints.query)
    const edge = await startEdgeProcess(runtime, system, relay.url)
    setups[runtime] = { system, relay, edge }
    console.log(`${runtime}: the first 200 after ${Math.round(edge.startMs)} ms`)
  }
}, 60_000)

afterAll(async () => {
  killAll()
  for (const { system, relay } of Object.values(setups)) {
    relay.close()
    await system.close()
  }
})

const clientAt = ({ system, edge }: Setup, role: Role, sub: string): Client =>
  clientOf(
    () => system.tokenOf(role, sub),
    (path, init) => fetch(edge.url + path, init),
  )

const stay = (checkIn: string, checkOut: string) => ({ listingId: 'listing-123', checkIn, checkOut, guests: 2 })

describe.each(RUNTIMES)('%s', (runtime) => {
  let setup: Setup
  let traveler: Client
  let owner: Client

  beforeAll(() => {
    setup = setups[runtime]
    traveler = clientAt(setup, 'traveler', 'traveler-1')
    owner = clientAt(setup, 'owner', 'owner-1')
  })

  test('a booking is requested, decided and read back with a consistency token', async () => {
    const created = await traveler('POST', '/v1/bookings', stay('2031-01-01', '2031-01-05'))
    expect(created).toMatchObject({ status: 201, body: { status: 'pending', price: { amount: 50_000 } } })
    const path = `/v1/bookings/${created.body.id}`
    expect(created.headers.get('location')).toBe(path)

    const version = { 'If-Match': created.headers.get('etag')! }
    const accepted = await owner('POST', `${path}/accept`, undefined, version)
    expect(accepted).toMatchObject({ status: 200, body: { status: 'confirmed' } })
    const token = { 'Consistency-Token': accepted.headers.get('consistency-token')! }
    expect(await traveler('GET', path, undefined, token)).toMatchObject({ status: 200, body: { status: 'confirmed' } })
  })

  test('two requests with one key create one booking', async () => {
    const request = (nights: string) =>
      traveler('POST', '/v1/bookings', stay('2031-02-01', nights), { 'Idempotency-Key': 'a' })
    const first = await request('2031-02-02')
    const second = await request('2031-02-02')
    expect(second).toMatchObject({ status: first.status, body: first.body })
    expect(second.headers.get('idempotency-replayed')).toBe('true')
    expect(await request('2031-02-03')).toMatchObject({ status: 422, body: { code: 'idempotency_key_reused' } })
  })

  test('an invalid field has a pointer, and a missing token returns 401', async () => {
    const refused = await traveler('POST', '/v1/bookings', stay('2031-01-05', '2031-01-01'))
    expect(refused).toMatchObject({ status: 422, body: { errors: [{ pointer: '/checkOut' }] } })
    const unknown = await fetch(`${setup.edge.url}/v1/bookings`)
    expect(unknown.status).toBe(401)
    expect(unknown.headers.get('content-type')).toBe('application/problem+json')
  })

  test('a body without a length that is too large returns 413', async () => {
    const chunk = new TextEncoder().encode('x'.repeat(8_192))
    const body = new Blob([chunk, chunk, chunk]).stream()
    const headers = { Authorization: `Bearer ${await setup.system.tokenOf('traveler', 'traveler-1')}` }
    const options = { method: 'POST', headers, body, duplex: 'half' }
    expect((await fetch(`${setup.edge.url}/v1/bookings`, options)).status).toBe(413)
  })

  test('a stream sends events, and closes upstream when the client leaves', async () => {
    const leaving = new AbortController()
    const headers = { Authorization: `Bearer ${await setup.system.tokenOf('admin', 'admin-1')}` }
    const stream = await fetch(`${setup.edge.url}/v1/events/stream`, { headers, signal: leaving.signal })
    expect(stream.headers.get('content-type')).toBe('text/event-stream')
    expect(stream.headers.get('x-accel-buffering')).toBe('no')
    expect(setup.relay.openStreams()).toBe(1)

    let day = 10
    const book = () => traveler('POST', '/v1/bookings', stay(`2031-03-${day}`, `2031-03-${++day}`))
    const { body } = await book()
    expect(await readUntil(stream, body.id)).toContain(body.id)
    leaving.abort()
    // workerd and wrangler's proxy notice a closed client only at the next write.
    const openAfterAnother = () => book().then(() => setup.relay.openStreams())
    await expect.poll(openAfterAnother, { interval: 200, timeout: 5_000 }).toBe(0)
  })

  test('an allowed origin passes the preflight', async () => {
    const headers = { Origin: 'http://localhost:5173', 'Access-Control-Request-Method': 'POST' }
    const preflight = await fetch(`${setup.edge.url}/v1/bookings`, { method: 'OPTIONS', headers })
    expect(preflight.status).toBe(204)
    expect(preflight.headers.get('access-control-allow-origin')).toBe('http://localhost:5173')
  })

  test('the edge serves its OpenAPI description, its reference and its problem pages', async () => {
    const description = await fetch(`${setup.edge.url}/openapi.json`)
    expect(await description.json()).toMatchObject({ openapi: expect.stringMatching(/^3\.1/) })
    const viewer = await fetch(`${setup.edge.url}/docs/viewer.js`)
    expect(await viewer.text()).toContain('createApiReference')
    const page = await fetch(`${setup.edge.url}/problems/not_found`, { headers: { Accept: 'text/html' } })
    expect(page.headers.get('content-type')).toMatch(/^text\/html/)
    expect(await page.text()).toContain('not_found')
  })

  test('no process reports an internal error', () => {
    expect(setup.edge.output()).not.toMatch(/"level":"error"|\[wrangler:error\]|Uncaught/)
    expect(setup.system.reports).toEqual([])
  })
})

test("lab2's three curls have the same answers on every runtime, except ids and times", async () => {
  const [onNode, ...others] = await Promise.all(RUNTIMES.map((runtime) => transcriptOf(setups[runtime])))
  expect(onNode!.map(({ status }) => status)).toEqual([201, 200, 200])
  for (const other of others) expect(other).toEqual(onNode)
})

test.each(['node', 'deno'] as const)('%s exits with code 0 at SIGTERM and reports invalid settings', async (on) => {
  expect(await setups[on].edge.end()).toBe(0)
  const refused = await run(edgeOn(on, { EDGE_PORT: '0', QUERY_URL: 'http://127.0.0.1:9' }))
  expect(refused.code).toBe(1)
  expect(refused.output).toMatch(/The edge cannot start[^]*UPSTASH_KAFKA_REST_URL[^]*JWT_JWKS/)
  expect(refused.output).not.toContain('    at ')
})

test.each(RUNTIMES)('the command of %s has no setting among its arguments', (on) => {
  const { args } = edgeOn(on, { EDGE_PORT: '0', COMMAND_KEYS: 'key:secret', UPSTASH_KAFKA_REST_PASSWORD: 'secret' })
  expect(args.join(' ')).not.toContain('secret')
})

test('deno check finds no error', { timeout: 90_000 }, async () => {
  const { file, env } = edgeOn('deno', { EDGE_PORT: '0' })
  const entry = join(import.meta.dirname, '../../edge/deno.ts')
  const args = ['check', '--no-remote', '--node-modules-dir=manual', entry]
  expect(await run({ file, args, env })).toMatchObject({ code: 0 })
})

const VIEWER_KIB = statSync(join(import.meta.dirname, '../../platform/viewer/bundle.js')).size / 1_024

test('the worker is small and bundled without warnings', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'reservoir-worker-'))
  const { code, output } = await run(wrangler('deploy', '--dry-run', '--outdir', folder))
  await rm(folder, { recursive: true })
  expect({ code, output }).toMatchObject({ code: 0, output: expect.not.stringContaining('WARNING') })
  const [, kib, gzipped] = /Total Upload: ([\d.]+) KiB \/ gzip: ([\d.]+) KiB/.exec(output)!
  console.log(`the worker: ${kib} KiB, ${gzipped} KiB gzipped`)
  // The viewer of the reference is one string that is not parsed before its first request.
  expect(Number(kib) - VIEWER_KIB).toBeLessThan(1_280)
  // The smallest limit of a plan at Cloudflare is 3 MiB.
  expect(Number(gzipped)).toBeLessThan(2_048)
})

async function readUntil({ body }: Response, text: string): Promise<string> {
  let received = ''
  // No `for await`: its end would cancel the stream.
  const reader = body!.pipeThrough(new TextDecoderStream()).getReader()
  while (!received.includes(text)) received += (await reader.read()).value ?? ''
  return received
}

async function transcriptOf(setup: Setup) {
  const [traveler, owner] = [clientAt(setup, 'traveler', 'traveler-2'), clientAt(setup, 'owner', 'owner-1')]
  const created = await traveler('POST', '/api/bookings', {
    listing_id: 'listing-123',
    check_in: '2025-12-01',
    check_out: '2025-12-05',
    guest_count: 2,
  })
  const accepted = await owner('POST', `/api/bookings/${created.body.booking_id}/accept`)
  const token = { 'Consistency-Token': accepted.headers.get('consistency-token')! }
  const read = await traveler('GET', '/api/notifications', undefined, token)
  return [created, accepted, read].map(({ status, headers, body }) => ({
    status,
    headers: anonymous(Object.fromEntries([...headers].filter(([name]) => !TRANSPORT_HEADERS.has(name)))),
    body: anonymous(body),
  }))
}

/** Headers of the transport and of the rate limit, which differ between runtimes. */
const TRANSPORT_HEADERS = new Set([
  'connection',
  'content-encoding',
  'content-length',
  'date',
  'keep-alive',
  'ratelimit',
  'transfer-encoding',
])

const anonymous = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value)
      .replaceAll(/[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}/g, 'ID')
      .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME'),
  )
