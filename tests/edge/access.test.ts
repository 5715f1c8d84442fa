import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Role } from '#domain/actor.ts'
import { SPAN } from '#edge/reference/examples.ts'
import { isSigned, type Owned } from '#edge/routes/route.ts'
import { ROUTES } from '#edge/routes/routes.ts'
import { startTestSystem, type TestSystem } from '../system/system.ts'
import { sendRaw } from '../runtimes/raw-http.ts'

/** The access rules on the whole system: each route is called by each role, on own and foreign objects. */

let system: TestSystem

beforeAll(async () => {
  system = await startTestSystem({ RATE_LIMIT_PER_MINUTE: '0' })
})

afterAll(() => system.close())

const cases = ROUTES.flatMap(({ method, path, access }) =>
  access === 'public' ? [] : [{ method, path, roles: access.roles, owned: access.owned }],
)
const open = ROUTES.filter((route) => route.access === 'public' && !isSigned(route)).map(
  ({ method, path }) => `${method} ${path}`,
)

describe.each(cases)('$method $path', ({ method, path, roles, owned }) => {
  const may = (role: Role) => roles.includes(role)
  const outcomes = Role.options.map((role) => [role, may(role) ? 'allowed' : 'forbidden'] as const)

  test('requires a token', async () => {
    const { status, body } = await sendRaw(system.ports.edge, { method, path: pathTo(path, 'listing-123') })
    expect({ status, body }).toMatchObject({ status: 401, body: { code: 'unauthenticated' } })
  })

  test.each(outcomes)('as %s on an own object is %s', async (role, outcome) => {
    const id = await ownOf(owned, role)
    const { status, body } = await request(method, await withBlock(path, id), id, role, `${role}-1`)
    if (outcome === 'forbidden')
      return expect({ status, body }).toMatchObject({ status: 403, body: { code: 'forbidden' } })
    // The example of another route may have taken the days.
    if ((body as { code?: string } | null)?.code !== 'dates_unavailable')
      expect({ method, path, status }).toSatisfy(isSuccess)
  })

  if (!owned) return

  test.each(roles)('as %s on a foreign object returns 404, except for admins with access to all', async (role) => {
    const id = await ownOf(owned, role)
    const before = await look(owned, id, role)
    const { status, body } = await request(method, await withBlock(path, id), id, role, `${role}-2`)
    if (role === 'admin' && owned !== 'notification') return expect({ method, path, status }).toSatisfy(isSuccess)
    const codes = { booking: 'unknown_booking', listing: 'unknown_listing', notification: 'not_found' }
    expect({ status, body }).toMatchObject({ status: 404, body: { code: codes[owned] } })
    expect(await look(owned, id, role)).toEqual(before)
  })
})

describe('without a token', () => {
  test.each(open)('%s is public', async (line) => {
    const [method, path] = line.split(' ') as [string, string]
    const feed = await system.as('owner', 'owner-1')('GET', '/v1/listings/listing-123/calendar-feed')
    const { search } = new URL(feed.body.url)
    const found = path
      .replace(':code', 'not_found')
      .replace('listings/:id/calendar.ics', `listings/listing-123/calendar.ics${search}`)
    const { status } = await sendRaw(system.ports.edge, { method, path: found })
    expect(status).toBe(line === 'GET /' ? 302 : 200)
  })

  test.each(ROUTES.filter(isSigned))('$method $path requires a signature', async ({ method, path }) => {
    const { status, body } = await request(method, path, '', 'admin')
    expect({ status, body }).toMatchObject({ status: 401, body: { code: 'invalid_signature' } })
  })

  test('GET / leads to the reference', async () => {
    const response = await fetch(`http://127.0.0.1:${system.ports.edge}`)
    expect([response.status, new URL(response.url).pathname]).toEqual([200, '/docs'])
  })
})

describe('an unknown route', () => {
  const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'TRACE', 'QUERY', 'PROPFIND']
  const paths = ['/v1', '/v2/bookings', '/v1/bookings/', '/v1//bookings', '//v1/bookings', '/V1/bookings']
  const internal = ['/v1/commands/c1', '/v1/admin/topics', '/produce', '/topics', '/.env', '/v1/bookings/b1/']

  test.each([...paths, ...internal])('%s returns 404 for every method', async (path) => {
    const responses = methods.flatMap((method) => [request(method, path, '', null), request(method, path, '', 'admin')])
    for (const { status, headers } of await Promise.all(responses)) {
      expect([status, headers['content-type']]).toEqual([404, 'application/problem+json'])
    }
  })

  test('an unknown method of a known path returns 405 with the known methods', async () => {
    const known = new Set<string>(ROUTES.map(({ method, path }) => `${method} ${path}`))
    const served = new Set<string>(ROUTES.map(({ path }) => path))
    const others = [...served].flatMap((path) =>
      methods
        .filter((method) => method !== 'HEAD' && !known.has(`${method} ${path}`))
        .map((method) => [method, path] as const),
    )
    expect(others.length).toBeGreaterThan(100)
    for (const [method, path] of others) {
      const { status, headers, body } = await request(method, path, 'some-id', 'admin')
      expect({ method, path, status, body }).toMatchObject({ status: 405, body: { code: 'method_not_allowed' } })
      expect(headers.allow!.split(', ')).not.toContain(method)
      for (const allowed of headers.allow!.split(', ')) {
        if (allowed === 'HEAD' || allowed === 'OPTIONS') continue
        expect((await request(allowed, path, 'some-id', null)).status).not.toBe(405)
      }
    }
  })

  test('HEAD has the access rules of GET', async () => {
    for (const { path, roles } of cases.filter(({ method }) => method === 'GET')) {
      expect((await request('HEAD', path, 'listing-123', null)).status).toBe(401)
      for (const role of Role.options.filter((role) => !roles.includes(role))) {
        expect((await request('HEAD', path, 'listing-123', role)).status).toBe(403)
      }
    }
  })
})

describe('lists', () => {
  test.each(['traveler', 'owner'] as const)('of a %s have only own entries', async (role) => {
    await ownOf('notification', role)
    const seen = async (path: string, sub: string) => (await system.as(role, sub)('GET', path)).body.data as object[]
    for (const path of ['/v1/bookings', '/v1/notifications']) {
      expect(await seen(path, `${role}-2`)).toEqual([])
      expect(await seen(path, `${role}-1`)).not.toEqual([])
    }
  })
})

async function request(method: string, path: string, id: string, role: Role | null, sub = `${role}-1`) {
  const token = role && `Bearer ${await system.tokenOf(role, sub)}`
  const body = bodyOf(method, path)
  const blockId = path.includes('/:blockId') ? await block(id) : ''
  return sendRaw(system.ports.edge, {
    method,
    path: pathTo(path, id).replace('/:blockId', `/${blockId}`),
    headers: {
      ...(token && { Authorization: token }),
      ...(body !== undefined && { 'Content-Type': 'application/json' }),
    },
    ...(body !== undefined && { body: onFreeDays(JSON.stringify(body)) }),
  })
}

const pathTo = (path: string, id: string): string =>
  path.replace(/:\w+/, encodeURIComponent(id)) +
  (path.endsWith('/availability') ? '?from=2031-01-01&to=2031-01-02' : '')

/** The first example of a route that takes a body. */
const bodyOf = (method: string, path: string): unknown =>
  Object.values(ROUTES.find((route) => route.method === method && route.path === path)?.body?.examples ?? {})[0]

/** The examples are about the same days, which can be booked once. */
function onFreeDays(text: string): string {
  // The spans have four nights: twice the distance of two requests.
  const { checkIn } = newRequest()
  newRequest()
  return text.replaceAll(SPAN.checkIn, checkIn).replaceAll(SPAN.checkOut, newRequest().checkIn)
}

const draft = { name: 'A cottage', maxGuests: 2, price: { amount: 100, currency: 'USD' } }

let next = 0
/** A request for one night that no other test books. */
function newRequest(listingId = 'listing-123') {
  const day = (offset: number) => new Date(Date.UTC(2031, 0, 2 * next + offset)).toISOString().slice(0, 10)
  next++
  return { listingId, checkIn: day(1), checkOut: day(2), guests: 2 }
}

/** The id of an object of the first user of a role; for objects without an owner, a public listing. */
async function ownOf(owned: Owned | undefined, role: Role): Promise<string> {
  if (owned === 'booking') return book()
  if (owned === 'listing') return publish(role === 'traveler' ? 'owner' : role)
  return owned === 'notification' ? notify(role) : 'listing-123'
}

async function book(listingId?: string): Promise<string> {
  const traveler = system.as('traveler', 'traveler-1')
  const { status, body } = await traveler('POST', '/v1/bookings', newRequest(listingId), { Prefer: 'wait=10' })
  expect([status, body.status]).toEqual([201, 'pending'])
  return body.id
}

/** The id of a block of a listing. */
async function block(listingId: string): Promise<string> {
  const { checkIn, checkOut } = newRequest()
  const path = `/v1/listings/${listingId}/blocks`
  const { status, body } = await system.as('admin', 'admin-1')('POST', path, { from: checkIn, to: checkOut })
  return status === 201 ? body.id : 'of-no-listing'
}

async function publish(role: Role): Promise<string> {
  const { status, body } = await system.as(role, `${role}-1`)('POST', '/v1/listings', draft)
  expect(status).toBe(201)
  return body.id
}

/** The path with the id of a block of the listing, if it takes one. */
async function withBlock(path: string, listingId: string): Promise<string> {
  if (!path.includes(':blockId')) return path
  const span = { from: '2032-01-01', to: '2032-01-02' }
  const { status, body } = await system.as('admin', 'admin-1')('POST', `/v1/listings/${listingId}/blocks`, span)
  expect(status).toBe(201)
  return path.replace(':blockId', body.id)
}

/** Creates a notification: a traveler gets one for a decision, the owner of a listing for a request. */
async function notify(role: Role): Promise<string> {
  const bookingId = await book(role === 'admin' ? await publish(role) : undefined)
  if (role === 'traveler') await system.as('owner', 'owner-1')('POST', `/v1/bookings/${bookingId}/accept`)
  const notification = async () => (await notificationsOf(role)).find((one) => one.bookingId === bookingId)
  await expect.poll(notification).toBeDefined()
  return (await notification())!.id
}

async function notificationsOf(role: Role): Promise<{ id: string; bookingId: string }[]> {
  return (await system.as(role, `${role}-1`)('GET', '/v1/notifications?limit=100')).body.data
}

/** The object as its owner sees it. */
async function look(owned: Owned, id: string, role: Role): Promise<unknown> {
  if (owned === 'notification') return (await notificationsOf(role)).find((one) => one.id === id)
  const { status, body } = await system.as('admin', 'admin-1')('GET', `/v1/${owned}s/${id}`)
  expect(status).toBe(200)
  return body
}

const isSuccess = ({ status }: { status: number }): boolean => status >= 200 && status < 300
