import { describe, expect, test } from 'vitest'
import { createEdge } from '../app.ts'
import type { EdgeDeps } from '../deps.ts'
import { LIMITS } from '../limits.ts'
import { deps, sign } from '../testing/edge.ts'
import { addressOf } from './address.ts'

const bearerOf = async (sub: string) => ({ Authorization: `Bearer ${await sign({ role: 'admin', sub })}` })

/** An edge whose query API never answers a read, and holds every stream open. */
function heldEdge() {
  const held: { end: () => void; signal: AbortSignal }[] = []
  const forward = (request: Request) => {
    const { promise, resolve } = Promise.withResolvers<Response>()
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => void held.push({ end: () => controller.close(), signal: request.signal }),
    })
    if (request.url.endsWith('/stream'))
      resolve(new Response(body, { headers: { 'Content-Type': 'text/event-stream' } }))
    else held.at(-1)!.end = () => resolve(new Response('{}'))
    return promise
  }
  const edge = createEdge({ ...deps, query: { ...deps.query, forward } })
  return { edge, held }
}

/** Verifying hundreds of tokens takes seconds on a busy machine. */
const WITHIN = { timeout: 30_000 }

describe('a principal', { timeout: 60_000 }, () => {
  test('has a share of the requests under way, and others get theirs', async () => {
    const { edge, held } = heldEdge()
    const [greedy, other] = [await bearerOf('greedy'), await bearerOf('other')]
    const ask = async (headers: Record<string, string>) => edge.request('/v1/bookings', { headers })
    const waiting = Array.from({ length: LIMITS.underWay.share }, () => ask(greedy))
    await expect.poll(() => held.length, WITHIN).toBe(LIMITS.underWay.share)
    const refused = await ask(greedy)
    expect([refused.status, refused.headers.get('Retry-After')]).toEqual([429, '1'])
    expect(await refused.json()).toMatchObject({ code: 'too_many_requests' })
    const answered = ask(other)
    await expect.poll(() => held.length, WITHIN).toBe(LIMITS.underWay.share + 1)
    for (const { end } of held) end()
    expect((await answered).status).toBe(200)
    expect((await Promise.all(waiting)).every(({ status }) => status === 200)).toBe(true)
    const again = ask(greedy)
    await expect.poll(() => held.length, WITHIN).toBe(LIMITS.underWay.share + 2)
    held.at(-1)!.end()
    expect((await again).status).toBe(200)
  })

  test('has a share of the open streams, and gets another when one ends', async () => {
    const { edge, held } = heldEdge()
    const [greedy, other] = [await bearerOf('greedy'), await bearerOf('other')]
    const open = async (headers: Record<string, string>) => edge.request('/v1/events/stream', { headers })
    const streams: Response[] = []
    // One after another, so that the first response is that of the first stream.
    while (streams.length < LIMITS.streams.share) streams.push(await open(greedy))
    const refused = await open(greedy)
    expect([refused.status, refused.headers.get('Retry-After')]).toEqual([429, '1'])
    expect((await open(other)).status).toBe(200)
    held[0]!.end()
    await streams[0]!.text()
    expect((await open(greedy)).status).toBe(200)
    await streams[1]!.body!.cancel()
    expect((await open(greedy)).status).toBe(200)
    expect((await open(greedy)).status).toBe(429)
  })
})

describe('routes without a token', () => {
  const edgeAt = (address: EdgeDeps['addressOf']) => createEdge({ ...deps, addressOf: address! })

  test('are limited for each address, health checks excepted', async () => {
    const edge = edgeAt((c) => c.req.header('From')!)
    const ask = async (From: string, path = '/') => (await edge.request(path, { headers: { From } })).status
    const asked = Array.from({ length: 3 * LIMITS.publicPerSecond }, () => ask('greedy'))
    const statuses = await Promise.all(asked)
    expect(statuses.filter((status) => status === 302).length).toBeGreaterThanOrEqual(LIMITS.publicPerSecond)
    expect(statuses).toContain(429)
    expect(await ask('other')).toBe(302)
    expect(await ask('greedy', '/healthz')).toBe(200)
  })

  test.each(['/openapi.json', '/problems', '/problems/forbidden', '/docs/viewer.js'])(
    '%s is made once and revalidated by its entity tag',
    async (path) => {
      const edge = edgeAt(() => 'a')
      const first = await edge.request(path)
      const etag = first.headers.get('ETag')!
      expect(await first.text()).toBe(await (await edge.request(path)).text())
      const again = await edge.request(path, { headers: { 'If-None-Match': etag } })
      expect([again.status, await again.text()]).toEqual([304, ''])
    },
  )

  test('a problem page and its JSON have different entity tags', async () => {
    const edge = edgeAt(() => 'a')
    const tagOf = async (Accept: string) => {
      const { headers } = await edge.request('/problems/forbidden', { headers: { Accept } })
      expect(headers.get('Vary')).toContain('Accept')
      return headers.get('ETag')
    }
    expect(await tagOf('text/html')).not.toBe(await tagOf('application/json'))
  })
})

describe('the address of a client', () => {
  const ask = async (trustedProxies: number, peer: string | undefined, forwarded?: string) => {
    let address: string | undefined
    const of = addressOf(() => peer, trustedProxies)
    const edge = createEdge({ ...deps, addressOf: (c) => (address = of(c)) })
    await edge.request('/problems', { headers: forwarded === undefined ? {} : { 'X-Forwarded-For': forwarded } })
    return address
  }

  test.each([
    ['the peer', 0, '10.0.0.9', undefined, '10.0.0.9'],
    ['the peer, whatever a client claims', 0, '10.0.0.9', '1.2.3.4', '10.0.0.9'],
    ['what one balancer states', 1, '10.0.0.9', '6.6.6.6, 1.2.3.4', '1.2.3.4'],
    ['what the outer of two balancers states', 2, '10.0.0.9', '6.6.6.6, 1.2.3.4, 10.0.0.1', '1.2.3.4'],
    ['the peer if no balancer stated an address', 1, '10.0.0.9', undefined, '10.0.0.9'],
    ['the IPv4 address in an IPv6 address', 0, '::ffff:10.0.0.9', undefined, '10.0.0.9'],
    ['the /64 network of an IPv6 address', 0, '2001:db8:1:2:3:4:5:6', undefined, '2001:db8:1:2'],
    ['the /64 network of a shortened IPv6 address', 0, '2001:db8::5', undefined, '2001:db8:0:0'],
    ['one for all if unknown', 0, undefined, '1.2.3.4', 'unknown'],
  ] as const)('is %s', async (_, trustedProxies, peer, forwarded, expected) => {
    expect(await ask(trustedProxies, peer, forwarded)).toBe(expected)
  })
})
