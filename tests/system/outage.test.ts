import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { createCommandLog } from '#edge/commands/command-log.ts'
import { composeEdge } from '#edge/compose.ts'
import { SILENT } from '#platform/log-line.ts'
import { localKeys } from '#platform/tokens.ts'
import { type Client, clientOf, startTestSystem, type TestSystem } from './system.ts'

/** An edge whose proxy or query API is down, rejects, hangs or returns, while the rest of the system runs. */

let system: TestSystem

beforeAll(async () => {
  system = await startTestSystem()
})

afterAll(() => system.close())

const servers: Server[] = []

afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections()
})

async function serverThat(answers: RequestListener): Promise<string> {
  const server = createServer(answers).listen(0, '127.0.0.1')
  servers.push(server)
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** An address without a listener: the port was in use a moment ago. */
async function closedAddress(): Promise<string> {
  const url = await serverThat(() => {})
  const server = servers.pop()!
  await new Promise((resolve) => server.close(resolve))
  return url
}

function edge(urls: { proxy?: string; query?: string }) {
  const { jwks, issuer, audience, proxy, query } = system.endpoints
  const config = {
    port: 0,
    proxy: { ...proxy, url: urls.proxy ?? proxy.url, limitMs: 500 },
    queryUrl: urls.query ?? query,
    tokens: { keys: localKeys(jwks), issuer, audience },
    allowPastDates: true,
    origins: [],
    requestsPerMinute: 0,
  }
  const app = composeEdge(config, SILENT)
  const as = (role: 'traveler' | 'owner', sub: string): Client =>
    clientOf(
      () => system.tokenOf(role, sub),
      async (path, init) => app.request(path, init),
    )
  return { app, traveler: as('traveler', 'traveler-1'), owner: as('owner', 'owner-1') }
}

/** A request for a night in a month that no other test uses. */
const requestIn = (month: string) => ({
  listingId: 'listing-123',
  checkIn: `2032-${month}-01`,
  checkOut: `2032-${month}-02`,
  guests: 2,
})

describe('a request', () => {
  test('returns 503 log_unavailable without a proxy', async () => {
    const { traveler } = edge({ proxy: await closedAddress() })
    const { status, headers, body } = await traveler('POST', '/v1/bookings', requestIn('01'), {
      'Idempotency-Key': 'k1',
    })
    expect(status).toBe(503)
    expect(headers.get('retry-after')).toBe('1')
    expect(body).toMatchObject({ code: 'log_unavailable', idempotencyKey: 'k1' })
  })

  test('returns 503 outcome_unknown with a generated key when the proxy does not answer', async () => {
    const { traveler } = edge({ proxy: await serverThat(() => {}) })
    const { status, body } = await traveler('POST', '/v1/bookings', requestIn('01'))
    expect(status).toBe(503)
    expect(body).toMatchObject({ code: 'outcome_unknown', idempotencyKey: expect.stringMatching(/^[\da-f-]{36}$/) })
    const again = await edge({}).traveler('POST', '/v1/bookings', requestIn('01'), {
      'Idempotency-Key': body.idempotencyKey,
    })
    expect(again.status).toBe(201)
  })

  test('that was written without an answer returns the same booking when it is repeated with the generated key', async () => {
    const withoutResponse = await serverThat((request) => {
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('end', () => {
        const headers = { authorization: request.headers.authorization ?? '' }
        const body = Buffer.concat(chunks)
        void fetch(system.endpoints.proxy.url + request.url, { method: 'POST', headers, body })
      })
    })
    const { body } = await edge({ proxy: withoutResponse }).traveler('POST', '/v1/bookings', requestIn('09'))
    expect(body.code).toBe('outcome_unknown')
    const key = { 'Idempotency-Key': body.idempotencyKey }
    const again = await edge({}).traveler('POST', '/v1/bookings', requestIn('09'), key)
    const third = await edge({}).traveler('POST', '/v1/bookings', requestIn('09'), key)
    expect([again.status, third.status]).toEqual([201, 201])
    expect(third.body).toEqual(again.body)
  })

  test('is reported as not written when the proxy cannot reach its log', async () => {
    const overloaded = await serverThat((_, response) => {
      response.writeHead(503).end('{"error":"overloaded","status":503}')
    })
    // The default limit is longer than all back-off pauses, so the attempts run out first.
    const commands = createCommandLog({ ...system.endpoints.proxy, url: overloaded })
    await expect(
      commands.append({ key: 'k', value: '{}', headers: [] }, new AbortController().signal),
    ).rejects.toMatchObject({
      mayBeWritten: false,
    })
  })

  test('is retried while a proxy restarts', async () => {
    let attempts = 0
    const flaky = await serverThat((_, response) => {
      if (++attempts < 3) response.writeHead(503).end('{"error":"closed","status":503}')
      else response.end('[{"topic":"booking-requests","partition":0,"offset":0,"timestamp":0}]')
    })
    const { status } = await edge({ proxy: flaky }).traveler('POST', '/v1/bookings', requestIn('12'))
    expect([status, attempts]).toEqual([201, 3])
  })

  test('succeeds without the query API', async () => {
    const { traveler } = edge({ query: await closedAddress() })
    const { status, body } = await traveler('POST', '/v1/bookings', requestIn('10'))
    expect(status).toBe(201)
    expect(body).toMatchObject({ status: 'pending', ownerId: null, kind: null, price: null })
    const found = await system.as('traveler', 'traveler-1')('GET', `/v1/bookings/${body.id}`)
    expect(found.body).toMatchObject({ status: 'pending', ownerId: 'owner-1' })
    const lab2 = { listing_id: 'listing-123', check_in: '2032-12-31', check_out: '2033-01-01', guest_count: 2 }
    const documented = await traveler('POST', '/api/bookings', lab2)
    expect(documented.body).toMatchObject({ status: 'pending', host_id: null, total_price: null })
  })
})

describe('without the query API', () => {
  test('decisions and reads return 503', async () => {
    const { traveler, owner } = edge({ query: await closedAddress() })
    const answers = [
      await owner('POST', '/v1/bookings/b1/accept'),
      await traveler('GET', '/v1/bookings'),
      await traveler('GET', '/api/notifications'),
    ]
    for (const { status, body } of answers) expect([status, body.code]).toEqual([503, 'query_unavailable'])
  })

  test('a sent decision returns 202 when the query API fails afterwards, and is decided', async () => {
    const { body } = await system.as('traveler', 'traveler-1')('POST', '/v1/bookings', requestIn('11'))
    const { query } = system.endpoints
    const failing = await serverThat((request, response) => {
      if (request.url!.startsWith('/v1/commands')) return void response.destroy()
      void relay(query + request.url!, request.headers.authorization!).then(([status, text]) =>
        response.writeHead(status, { 'content-type': 'application/json' }).end(text),
      )
    })
    const { status } = await edge({ query: failing }).owner('POST', `/v1/bookings/${body.id}/accept`)
    expect(status).toBe(202)
    const owner = system.as('owner', 'owner-1')
    await expect.poll(async () => (await owner('GET', `/v1/bookings/${body.id}`)).body.status).toBe('confirmed')
  })
})

async function relay(url: string, authorization: string): Promise<[status: number, text: string]> {
  const response = await fetch(url, { headers: { authorization } })
  return [response.status, await response.text()]
}

test('the edge is ready without its proxy, because it still answers reads', async () => {
  const readiness = async (proxy?: string) => {
    const response = await edge({ proxy }).app.request('/readyz')
    const { warnings } = await response.json()
    return [response.status, warnings]
  }
  expect(await readiness()).toEqual([200, []])
  expect(await readiness(await closedAddress())).toEqual([200, ['the proxy or its log does not respond']])
})
