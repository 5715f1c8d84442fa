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

/** One edge on three runtimes, each started as a user starts it, each beside a system of its own: all answer the same. */

interface Place {
  system: TestSystem
  relay: Relay
  edge: EdgeProcess
}

const places = {} as Record<Runtime, Place>

beforeAll(async () => {
  // One after the other: what is measured is how long each of them takes.
  for (const runtime of RUNTIMES) {
    const system = await startTestSystem()
    const relay = await startRelay(system.parts.query)
    const edge = await startEdgeProcess(runtime, system, relay.url)
    places[runtime] = { system, relay, edge }
    console.log(`${runtime}: the first 200 after ${Math.round(edge.startMs)} ms`)
  }
}, 60_000)

afterAll(async () => {
  killAll()
  for (const { system, relay } of Object.values(places)) {
    relay.close()
    await system.close()
  }
})

const clientAt = ({ system, edge }: Place, role: Role, sub: string): Client =>
  clientOf(
    () => system.tokenOf(role, sub),
    (path, init) => fetch(edge.url + path, init),
  )

const stay = (checkIn: string, checkOut: string) => ({ listingId: 'listing-123', checkIn, checkOut, guests: 2 })

describe.each(RUNTIMES)('%s', (runtime) => {
  let at: Place
  let traveler: Client
  let owner: Client

  beforeAll(() => {
    at = places[runtime]
    traveler = clientAt(at, 'traveler', 'traveler-1')
    owner = clientAt(at, 'owner', 'owner-1')
  })

  test('a booking is asked for, decided, and read by whoever bears the token of the write', async () => {
    const created = await traveler('POST', '/v1/bookings', stay('2031-01-01', '2031-01-05'))
    expect(created).toMatchObject({ status: 201, body: { status: 'pending', price: { amount: 50_000 } } })
    const path = `/v1/bookings/${created.body.id}`
    expect(created.headers.get('location')).toBe(path)

    const seen = { 'If-Match': created.headers.get('etag')! }
    const accepted = await owner('POST', `${path}/accept`, undefined, seen)
    expect(accepted).toMatchObject({ status: 200, body: { status: 'confirmed' } })
    const token = { 'Consistency-Token': accepted.headers.get('consistency-token')! }
    expect(await traveler('GET', path, undefined, token)).toMatchObject({ status: 200, body: { status: 'confirmed' } })
  })

  test('a key makes one booking of two requests', async () => {
    const ask = (nights: string) =>
      traveler('POST', '/v1/bookings', stay('2031-02-01', nights), { 'Idempotency-Key': 'a' })
    const first = await ask('2031-02-02')
    const second = await ask('2031-02-02')
    expect(second).toMatchObject({ status: first.status, body: first.body })
    expect(second.headers.get('idempotency-replayed')).toBe('true')
    expect(await ask('2031-02-03')).toMatchObject({ status: 422, body: { code: 'idempotency_key_reused' } })
  })

  test('what cannot be is pointed at, and nobody gets in without a token', async () => {
    const refused = await traveler('POST', '/v1/bookings', stay('2031-01-05', '2031-01-01'))
    expect(refused).toMatchObject({ status: 422, body: { errors: [{ pointer: '/checkOut' }] } })
    const unknown = await fetch(`${at.edge.url}/v1/bookings`)
    expect(unknown.status).toBe(401)
    expect(unknown.headers.get('content-type')).toBe('application/problem+json')
  })

  test('a body that tells no length is cut off', async () => {
    const chunk = new TextEncoder().encode('x'.repeat(8_192))
    const body = new Blob([chunk, chunk, chunk]).stream()
    const headers = { Authorization: `Bearer ${await at.system.tokenOf('traveler', 'traveler-1')}` }
    const options = { method: 'POST', headers, body, duplex: 'half' }
    expect((await fetch(`${at.edge.url}/v1/bookings`, options)).status).toBe(413)
  })

  test('a stream tells what happens; whoever leaves it leaves nothing open behind', async () => {
    const leaving = new AbortController()
    const headers = { Authorization: `Bearer ${await at.system.tokenOf('admin', 'admin-1')}` }
    const stream = await fetch(`${at.edge.url}/v1/events/stream`, { headers, signal: leaving.signal })
    expect(stream.headers.get('content-type')).toBe('text/event-stream')
    expect(at.relay.openStreams()).toBe(1)

    let day = 10
    const book = () => traveler('POST', '/v1/bookings', stay(`2031-03-${day}`, `2031-03-${++day}`))
    const { body } = await book()
    expect(await readUntil(stream, body.id)).toContain(body.id)
    leaving.abort()
    // Workerd notices it only when there is something to write; so does wrangler's own proxy, which stands before it.
    const openAfterAnother = () => book().then(() => at.relay.openStreams())
    await expect.poll(openAfterAnother, { interval: 200, timeout: 5_000 }).toBe(0)
  })

  test('pages of known origins may call', async () => {
    const headers = { Origin: 'http://localhost:5173', 'Access-Control-Request-Method': 'POST' }
    const preflight = await fetch(`${at.edge.url}/v1/bookings`, { method: 'OPTIONS', headers })
    expect(preflight.status).toBe(204)
    expect(preflight.headers.get('access-control-allow-origin')).toBe('http://localhost:5173')
  })

  test('it describes itself and its problems', async () => {
    const description = await fetch(`${at.edge.url}/openapi.json`)
    expect(await description.json()).toMatchObject({ openapi: expect.stringMatching(/^3\.1/) })
    const viewer = await fetch(`${at.edge.url}/docs/viewer.js`)
    expect(await viewer.text()).toContain('createApiReference')
    const page = await fetch(`${at.edge.url}/problems/not_found`, { headers: { Accept: 'text/html' } })
    expect(page.headers.get('content-type')).toMatch(/^text\/html/)
    expect(await page.text()).toContain('not_found')
  })

  test('none of this was a fault', () => {
    expect(at.edge.output()).not.toMatch(/"level":"error"|\[wrangler:error\]|Uncaught/)
    expect(at.system.reports).toEqual([])
  })
})

test("lab2's three curls have the same answers everywhere, but for ids and times", async () => {
  const [onNode, ...others] = await Promise.all(RUNTIMES.map((runtime) => transcriptOf(places[runtime])))
  expect(onNode!.map(({ status }) => status)).toEqual([201, 200, 200])
  for (const other of others) expect(other).toEqual(onNode)
})

test.each(['node', 'deno'] as const)(
  '%s ends when it is told, and refuses an environment with a sentence',
  async (on) => {
    expect(await places[on].edge.end()).toBe(0)
    const refused = await run(edgeOn(on, { EDGE_PORT: '0', QUERY_URL: 'http://127.0.0.1:9' }))
    expect(refused.code).toBe(1)
    expect(refused.output).toMatch(/The edge cannot start[^]*UPSTASH_KAFKA_REST_URL[^]*JWT_JWKS/)
    expect(refused.output).not.toContain('    at ')
  },
)

test("Deno's own check finds nothing", { timeout: 90_000 }, async () => {
  const { file, env } = edgeOn('deno', { EDGE_PORT: '0' })
  const entry = join(import.meta.dirname, '../../edge/deno.ts')
  const args = ['check', '--no-remote', '--node-modules-dir=manual', entry]
  expect(await run({ file, args, env })).toMatchObject({ code: 0 })
})

const VIEWER_KIB = statSync(join(import.meta.dirname, '../../platform/viewer/bundle.js')).size / 1_024

test('the worker is small, and bundled without a warning', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'reservoir-worker-'))
  const { code, output } = await run(wrangler('deploy', '--dry-run', '--outdir', folder))
  await rm(folder, { recursive: true })
  expect({ code, output }).toMatchObject({ code: 0, output: expect.not.stringContaining('WARNING') })
  const [, kib, gzipped] = /Total Upload: ([\d.]+) KiB \/ gzip: ([\d.]+) KiB/.exec(output)!
  console.log(`the worker: ${kib} KiB, ${gzipped} KiB gzipped`)
  // The viewer of the reference is one string, which nothing reads before its first request.
  expect(Number(kib) - VIEWER_KIB).toBeLessThan(1_280)
  // The smallest limit of a plan at Cloudflare is 3 MiB.
  expect(Number(gzipped)).toBeLessThan(2_048)
})

async function readUntil({ body }: Response, text: string): Promise<string> {
  let told = ''
  // Not released: to end the iteration would be to leave the stream.
  const reader = body!.pipeThrough(new TextDecoderStream()).getReader()
  while (!told.includes(text)) told += (await reader.read()).value ?? ''
  return told
}

async function transcriptOf(at: Place) {
  const [traveler, owner] = [clientAt(at, 'traveler', 'traveler-2'), clientAt(at, 'owner', 'owner-1')]
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
    headers: anonymous(Object.fromEntries([...headers].filter(([name]) => !OF_THE_SERVER.has(name)))),
    body: anonymous(body),
  }))
}

/** How the answer travels, and how many requests are left, is not what it says. */
const OF_THE_SERVER = new Set([
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
