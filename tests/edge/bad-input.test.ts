import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { PROBLEM_TYPES, type ProblemCode } from '#edge/problem-types.ts'
import type { ProblemDocument } from '#platform/problems.ts'
import { plannedTopics, TOPICS } from '#domain/topics.ts'
import { type Client, startTestSystem, type TestSystem } from '../system/system.ts'
import { sendAndDisconnect, sendBytes, sendRaw } from '../runtimes/raw-http.ts'

/** Invalid requests to the whole system: each is rejected with a helpful problem, and nothing is written. */

let system: TestSystem
let tokens: Record<'traveler' | 'owner' | 'admin', string>
let traveler: Client
let owner: Client
let admin: Client

beforeAll(async () => {
  system = await startTestSystem({ RATE_LIMIT_PER_MINUTE: '0', ALLOW_PAST_DATES: 'false' })
  traveler = system.as('traveler', 'traveler-1')
  owner = system.as('owner', 'owner-1')
  admin = system.as('admin', 'admin-1')
  tokens = {
    traveler: await system.tokenOf('traveler', 'traveler-1'),
    owner: await system.tokenOf('owner', 'owner-1'),
    admin: await system.tokenOf('admin', 'admin-1'),
  }
})

afterAll(() => system.close())

/** The end offset of each partition of a topic, read through the proxy. */
async function endOf(topic: string): Promise<number[]> {
  const { proxy } = system.endpoints
  const response = await fetch(`${proxy.url}/offsets/latest`, {
    method: 'POST',
    headers: { Authorization: `Basic ${btoa(`${proxy.username}:${proxy.password}`)}` },
    body: JSON.stringify([0, 1, 2].map((partition) => ({ topic, partition }))),
  })
  expect(response.status).toBe(200)
  return ((await response.json()) as { offset: number }[]).map(({ offset }) => offset)
}

async function nothingWritten<T>(work: () => Promise<T>): Promise<T> {
  const before = await endOf(TOPICS.requests)
  const result = await work()
  expect(await endOf(TOPICS.requests)).toEqual(before)
  return result
}

interface RequestOptions {
  method?: string
  path?: string
  as?: keyof typeof tokens | null
  headers?: Record<string, string>
  body?: string | Buffer
}

async function send({ method = 'POST', path = '/v1/bookings', as = 'traveler', headers, body }: RequestOptions) {
  const authorization: Record<string, string> = as === null ? {} : { Authorization: `Bearer ${tokens[as]}` }
  const type: Record<string, string> = body === undefined ? {} : { 'Content-Type': 'application/json' }
  return sendRaw(system.ports.edge, { method, path, headers: { ...authorization, ...type, ...headers }, body })
}

interface Expected {
  status: number
  code: string
  pointers?: string[]
}

/** A sentence with the field and the rule, without the terms of the validation library. */
const SENTENCE = /^(?!.*(Invalid|expected|received)).* (must|is missing|is not a known (field|parameter)).*\.$/s

/** Returns the main fields of the problem, after checking that nothing was written. */
async function problemOf(sent: RequestOptions): Promise<Expected> {
  const { status, headers, body } = await nothingWritten(() => send(sent))
  expect(headers['content-type']).toBe('application/problem+json')
  const { code, errors, status: statusInBody, requestId, remedy } = body as ProblemDocument
  expect({ statusInBody, requestId, remedy }).toEqual({
    statusInBody: status,
    requestId: headers['x-request-id'],
    remedy: PROBLEM_TYPES[code as ProblemCode].remedy,
  })
  for (const { detail } of errors ?? []) expect(detail).toMatch(SENTENCE)
  return { status, code, ...(errors && { pointers: [...new Set(errors.map(({ pointer }) => pointer))] }) }
}

const invalid = (...pointers: string[]): Expected => ({ status: 422, code: 'invalid_request', pointers })
const invalidDates = { status: 422, code: 'invalid_dates', pointers: ['/checkOut'] }
const notFound = (code = 'not_found'): Expected => ({ status: 404, code })

const good = { listingId: 'listing-123', checkIn: '2031-05-01', checkOut: '2031-05-03', guests: 2 }
const text = (changes: object): string => JSON.stringify({ ...good, ...changes })
/** A body that `JSON.stringify` cannot write, for example with a duplicate key. */
const withMember = (member: string): string => `${JSON.stringify(good).slice(0, -1)},${member}}`

describe('a request for a booking', () => {
  test.each<[string, string, Expected]>([
    ['an unknown field', text({ admin: true }), invalid('/admin')],
    ['a field that only we set', text({ status: 'confirmed', ownerId: 'me' }), invalid('/status', '/ownerId')],
    ['a number for text', text({ listingId: 1 }), invalid('/listingId')],
    ['a list for a number', text({ guests: [2] }), invalid('/guests')],
    ['an object for a date', text({ checkIn: { $gt: '' } }), invalid('/checkIn')],
    ['an operator for an id', text({ listingId: { $ne: null } }), invalid('/listingId')],
    ['a list for an object', `[${text({})}]`, invalid('')],
    ['null for an object', 'null', invalid('')],
    ['true for a number', text({ quantity: true }), invalid('/quantity')],
    ['check-out on the day of check-in', text({ checkOut: '2031-05-01' }), invalidDates],
    ['check-out before check-in', text({ checkOut: '2031-04-30' }), invalidDates],
    ['more than 365 days', text({ checkOut: '2032-05-01' }), invalidDates],
    ['no check-out', text({ checkOut: null }), invalidDates],
    [
      'a check-in that has passed',
      text({ checkIn: '2020-01-01', checkOut: '2020-01-02' }),
      { ...invalidDates, pointers: ['/checkIn'] },
    ],
    [
      'a day in the year 0000',
      text({ checkIn: '0000-01-01', checkOut: '0000-01-02' }),
      invalid('/checkIn', '/checkOut'),
    ],
    [
      'days in the year 99999',
      text({ checkIn: '99999-01-01', checkOut: '+099999-01-02' }),
      invalid('/checkIn', '/checkOut'),
    ],
    ['the 30th of February', text({ checkIn: '2031-02-30' }), invalid('/checkIn')],
    ['a date with a time', text({ checkIn: '2031-05-01T00:00:00Z' }), invalid('/checkIn')],
    ['a date and a line feed', text({ checkIn: '2031-05-01\n' }), invalid('/checkIn')],
    ['no guests', text({ guests: 0 }), invalid('/guests')],
    ['-0 guests', withMember('"guests":-0'), invalid('/guests')],
    ['a guest and a half', text({ guests: 1.5 }), invalid('/guests')],
    ['infinitely many guests', withMember('"guests":1e999'), invalid('/guests')],
    ['2^53+1 guests', withMember('"guests":9007199254740993'), invalid('/guests')],
    ['a duplicate, invalid number of guests', withMember('"guests":0'), invalid('/guests')],
    ['a price beyond numbers', withMember('"price":{"amount":1e999,"currency":"USD"}'), invalid('/price/amount')],
    ['a price of half a cent', text({ price: { amount: 0.5, currency: 'USD' } }), invalid('/price/amount')],
    ['a price as a number', text({ price: 250 }), invalid('/price')],
    ['more guests than fit', text({ guests: 5 }), { status: 422, code: 'too_many_guests', pointers: ['/guests'] }],
    [
      'another price',
      text({ price: { amount: 1, currency: 'USD' } }),
      { status: 409, code: 'price_mismatch', pointers: ['/price'] },
    ],
    [
      'the price in another currency',
      text({ price: { amount: 25_000, currency: 'EUR' } }),
      { status: 409, code: 'price_mismatch', pointers: ['/price'] },
    ],
    ['an unknown listing', text({ listingId: 'unknown' }), notFound('unknown_listing')],
    ['a listing called constructor', text({ listingId: 'constructor' }), notFound('unknown_listing')],
    ['a listing called __proto__', text({ listingId: '__proto__' }), invalid('/listingId')],
    ['a listing with a dot', text({ listingId: 'listing.123' }), invalid('/listingId')],
    ['a listing with a dollar', text({ listingId: '$where' }), invalid('/listingId')],
    ['a listing that is a path', text({ listingId: '../bookings' }), invalid('/listingId')],
    ['a listing with a query', text({ listingId: 'listing-123?x' }), invalid('/listingId')],
    ['a prototype', withMember('"__proto__":{"admin":true}'), invalid('/__proto__')],
    [
      'a nested prototype',
      withMember('"price":{"amount":25000,"currency":"USD","__proto__":{}}'),
      invalid('/price/__proto__'),
    ],
    ['a constructor', text({ constructor: { prototype: { admin: true } } }), invalid('/constructor')],
    ['operators for a database', text({ $where: 'sleep(1)', 'a.b': 1 }), invalid('/$where', '/a.b')],
    ['a field without a name', text({ '': 1 }), invalid('/')],
    ['10 000 nested lists', '['.repeat(10_000), { status: 400, code: 'malformed_json' }],
    [
      '3 000 nested objects',
      `${'{"a":'.repeat(2_500)}1${'}'.repeat(2_500)}`,
      invalid('/listingId', '/checkIn', '/guests', '/a'),
    ],
    ['broken JSON', '{"listingId":', { status: 400, code: 'malformed_json' }],
    ['two values', `${text({})}${text({})}`, { status: 400, code: 'malformed_json' }],
    ['a control character in JSON', withMember('"specialRequests":"a\nb"'), { status: 400, code: 'malformed_json' }],
    ['NaN', withMember('"guests":NaN'), { status: 400, code: 'malformed_json' }],
    ['more than 16 KiB', text({ specialRequests: 'x'.repeat(16_384) }), { status: 413, code: 'body_too_large' }],
    ['1 MB', ' '.repeat(1_000_000) + text({}), { status: 413, code: 'body_too_large' }],
  ])('with %s is rejected', async (_, body, expected) => {
    expect(await problemOf({ body })).toEqual(expected)
  })

  test('of more than 16 KiB in chunks returns 413', async () => {
    const headers = { 'Transfer-Encoding': 'chunked' }
    const tooLarge = { status: 413, code: 'body_too_large' }
    expect(await problemOf({ body: text({ specialRequests: 'x'.repeat(20_000) }), headers })).toEqual(tooLarge)
  })

  test.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/jsonp',
    '',
  ])('with Content-Type %j returns 415', async (type) => {
    const unsupported = { status: 415, code: 'unsupported_media_type' }
    expect(await problemOf({ body: text({}), headers: { 'Content-Type': type } })).toEqual(unsupported)
  })

  test('on the last possible day has no date problem', async () => {
    const body = JSON.stringify({ listingId: 'FLIGHT456', checkIn: '9999-12-31', guests: 10 })
    expect(await problemOf({ body })).toMatchObject({ code: 'too_many_guests' })
  })

  test("in lab2's dialect has pointers to lab2's fields", async () => {
    const lab2 = { listing_id: 'listing-123', check_in: '2031-05-01', check_out: '2031-05-03', guest_count: 2 }
    const ask = (changes: object) => problemOf({ path: '/api/bookings', body: JSON.stringify({ ...lab2, ...changes }) })
    expect(await ask({ guests: 2 })).toEqual(invalid('/guests'))
    expect(await ask({ guest_count: '2' })).toEqual(invalid('/guest_count'))
    expect(await ask({ check_out: '2031-05-01' })).toEqual({ ...invalidDates, pointers: ['/check_out'] })
    expect(await ask({ guest_count: 5 })).toMatchObject({ code: 'too_many_guests', pointers: ['/guest_count'] })
    expect(await ask({ listing_id: 'unknown' })).toEqual(notFound('unknown_listing'))
    expect(await ask({ special_requests: 'a\0b' })).toEqual(invalid('/special_requests'))
  })
})

describe('a control or invisible character', () => {
  const draft = { name: 'n', maxGuests: 2, price: { amount: 100, currency: 'USD' } }
  const places: [string, pointer: string, (bad: string) => RequestOptions][] = [
    ['a special request', '/specialRequests', (bad) => ({ body: text({ specialRequests: bad }) })],
    ['a listing id', '/listingId', (bad) => ({ body: text({ listingId: bad }) })],
    ['a currency', '/price/currency', (bad) => ({ body: text({ price: { amount: 1, currency: bad } }) })],
    ['a reason to reject', '/reason', (bad) => ({ ...decision('reject', 'owner'), body: reason(bad) })],
    ['a reason to cancel', '/reason', (bad) => ({ ...decision('cancel', 'traveler'), body: reason(bad) })],
    ['a new name', '/name', (bad) => ({ ...listing(), body: JSON.stringify({ ...draft, name: bad }) })],
    ['a new id', '/id', (bad) => ({ ...listing(), body: JSON.stringify({ ...draft, id: bad }) })],
    ['a time zone', '/timeZone', (bad) => ({ ...listing(), body: JSON.stringify({ ...draft, timeZone: bad }) })],
    [
      'a changed name',
      '/name',
      (bad) => ({ ...listing('PATCH', '/listing-123'), body: JSON.stringify({ name: bad }) }),
    ],
  ]
  const decision = (verb: string, as: 'owner' | 'traveler') => ({ path: `/v1/bookings/b1/${verb}`, as })
  const reason = (bad: string) => JSON.stringify({ reason: bad })
  const listing = (method = 'POST', id = '') => ({ method, path: `/v1/listings${id}`, as: 'owner' as const })
  const characters = [
    '\0',
    '\x1b',
    '\x7f',
    '\x85',
    '\u2028',
    '\u2029',
    '\ud800',
    '\udc00',
    '\u202e',
    '\u2066',
    '\u200b',
  ]
  const breaks = ['\r', '\n']
  const mayBreak = new Set(['/specialRequests', '/reason'])

  test.each(places)('is rejected in %s', async (_, pointer, sent) => {
    for (const character of [...characters, ...(mayBreak.has(pointer) ? [] : breaks)]) {
      expect(await problemOf(sent(`a${character}b`)), JSON.stringify(character)).toEqual(invalid(pointer))
    }
  })

  test.each(['\0', '\n', '\x7f', '\u2028', '\ud800', '\u202e', '\u200b'])(
    'is rejected in the subject of a token (%j)',
    async (character) => {
      const token = await system.tokenOf('traveler', `a${character}b`)
      const headers = { Authorization: `Bearer ${token}` }
      expect(await problemOf({ as: null, headers, body: text({}) })).toEqual({ status: 401, code: 'unauthenticated' })
    },
  )
})

describe('an unauthorized request', () => {
  test.each<[string, RequestOptions, Expected]>([
    ['without a token', { as: null, body: text({}) }, { status: 401, code: 'unauthenticated' }],
    [
      'with an invalid token',
      { as: null, headers: { Authorization: 'Bearer x' } },
      { status: 401, code: 'unauthenticated' },
    ],
    ['to book as an owner', { as: 'owner', body: text({}) }, { status: 403, code: 'forbidden' }],
    ['to accept as a traveler', { path: '/v1/bookings/b1/accept' }, { status: 403, code: 'forbidden' }],
    ['to reject as a traveler', { path: '/v1/bookings/b1/reject', body: '{}' }, { status: 403, code: 'forbidden' }],
    ['to publish as a traveler', { path: '/v1/listings', body: '{}' }, { status: 403, code: 'forbidden' }],
  ])('%s is rejected', async (_, sent, expected) => {
    expect(await problemOf(sent)).toEqual(expected)
  })
})

describe('an id in a path', () => {
  const ids = ['%00', '%0d%0a', '%', '%ff', '%ED%A0%80', '..', '%2e%2e', '.', 'a%2Fb', 'a%252Fb', '%3Fx', '%24where']
  const names = ['__proto__', 'constructor', 'a.b', 'a;b', '%F0%9F%98%80', 'x'.repeat(5_000)]

  test.each<[method: string, path: string, as: RequestOptions['as']]>([
    ['GET', '/v1/bookings/@', 'admin'],
    ['GET', '/v1/bookings/@/events', 'admin'],
    ['POST', '/v1/bookings/@/accept', 'admin'],
    ['POST', '/v1/bookings/@/cancel', 'admin'],
    ['GET', '/v1/listings/@', 'traveler'],
    ['GET', '/v1/listings/@/availability?from=2031-01-01&to=2031-01-02', 'traveler'],
    ['PATCH', '/v1/listings/@', 'admin'],
    ['POST', '/v1/notifications/@/read', 'admin'],
    ['POST', '/api/bookings/@/accept', 'admin'],
    ['PUT', '/api/notifications/@/read', 'admin'],
  ])('of %s %s that is malformed returns 404', async (method, path, as) => {
    const body = method === 'PATCH' ? '{"name":"n"}' : undefined
    const ask = (id: string) => send({ method, path: path.replace('@', id), as, body })
    const answers = await nothingWritten(() => Promise.all([...ids, ...names.filter((id) => !isId(id))].map(ask)))
    // The HTTP server resolves dots, possibly to an existing path that has other methods or parameters.
    const codes = answers.map(({ status }, i) => (ids[i] === '.' && [405, 422].includes(status) ? 404 : status))
    expect(codes).toEqual(answers.map(() => 404))
  })

  const isId = (id: string) => id === 'constructor'
})

describe('a query', () => {
  const notOurs = { status: 400, code: 'invalid_cursor' }
  test.each<[string, Expected]>([
    ...['', '%00', 'nonsense', 'e30', 'bnVsbA', 'WzFd', 'WyItY3JlYXRlZEF0IiwiYSIsImIiXQ%0a'].map(
      (cursor): [string, Expected] => [`/v1/bookings?cursor=${cursor}`, notOurs],
    ),
    ['/v1/listings?cursor=', notOurs],
    ['/v1/notifications?cursor=', notOurs],
    ['/v1/bookings/b1/events?cursor=', notFound('unknown_booking')],
    [`/v1/bookings?cursor=${'a'.repeat(1_001)}`, invalid('cursor')],
    ...['', '0', '-1', '101', '1.5', 'NaN', 'Infinity', '1e999', '%00', 'x', '1&limit=2'].map(
      (limit): [string, Expected] => [`/v1/bookings?limit=${limit}`, invalid('limit')],
    ),
    ['/v1/bookings?status=deleted', invalid('status')],
    ['/v1/bookings?listingId[$ne]=1&listingId=$ne', invalid('listingId[$ne]')],
    ['/v1/bookings?listingId=$ne', invalid('listingId')],
    ['/v1/bookings?satus=pending&satus=failed&colour=', invalid('satus', 'colour')],
    ['/v1/bookings?role=system', invalid('role')],
    ['/v1/bookings?role=admin', { status: 403, code: 'forbidden' }],
    ['/v1/listings?ownerId=%00', invalid('ownerId')],
    ['/v1/listings?kind=castle', invalid('kind')],
    ['/v1/notifications?unread=yes', invalid('unread')],
    ['/v1/listings/listing-123/availability', invalid('from', 'to')],
    ['/v1/listings/listing-123/availability?from=2031-02-30&to=2031-03-01', invalid('from')],
    ['/v1/listings/listing-123/availability?from=0000-01-01&to=99999-01-01', invalid('from', 'to')],
    ['/v1/listings/listing-123/availability?from=2031-01-02&to=2031-01-02', invalid('to')],
    ['/v1/listings/listing-123/availability?from=2031-01-01&to=2033-01-01', invalid('to')],
  ])('%s is rejected', async (path, expected) => {
    expect(await problemOf({ method: 'GET', path })).toEqual(expected)
  })

  test.each(['summary', 'timeseries'])('for a %s over an invalid range is rejected', async (name) => {
    const ask = (range: string) => problemOf({ method: 'GET', path: `/v1/analytics/${name}?${range}`, as: 'owner' })
    expect(await ask('from=yesterday')).toEqual(invalid('from'))
    expect(await ask('from=2031-01-02&to=2031-01-01')).toEqual(invalid('to'))
    expect(await ask('from=0001-01-01&to=9999-12-31')).toEqual(invalid('to'))
    expect(await ask('from=9999-12-31')).toEqual(invalid('to'))
    expect(await ask('to=0000-01-05')).toEqual(invalid('to'))
  })

  test('with the token of an unknown command is rejected', async () => {
    const ask = (token: string) => problemOf({ method: 'GET', headers: { 'Consistency-Token': token } })
    expect(await ask('not/ours')).toEqual(invalid('Consistency-Token'))
    expect(await ask('unknown')).toEqual(invalid('Consistency-Token'))
  })
})

describe('a header', () => {
  test.each(['a\tb', 'höher', 'x'.repeat(256), 'x'.repeat(10_000), ''])(
    'Idempotency-Key that is malformed is rejected (%#)',
    async (key) => {
      const headers = { 'Idempotency-Key': key }
      expect(await problemOf({ body: text({}), headers })).toEqual(invalid('Idempotency-Key'))
    },
  )

  test.each(['nonsense', '1', '"1', 'W/"1"', 'W/"2", W/"1"', '"-1"', '"1.5"', `"${'9'.repeat(300)}"`, ''])(
    'If-Match %j matches nothing',
    async (etag) => {
      const path = `/v1/bookings/${await book()}/accept`
      const answer = { status: 412, code: 'version_mismatch' }
      expect(await problemOf({ path, as: 'owner', headers: { 'If-Match': etag } })).toEqual(answer)
    },
  )

  test('with a token of 2 MB or headers of 1 MB is rejected before it is read completely', async () => {
    const long = (header: string, length: number) =>
      `GET /v1/bookings HTTP/1.1\r\nHost: localhost\r\n${header}${'x'.repeat(length)}\r\n\r\n`
    const { edge } = system.ports
    expect(await sendBytes(edge, long('Authorization: Bearer ', 2_000_000))).toMatch(/^HTTP\/1.1 431 /)
    expect(await sendBytes(edge, long('X-Long: ', 1_000_000))).toMatch(/^HTTP\/1.1 431 /)
    expect(await sendBytes(edge, long('X: y\r\n'.repeat(20_000), 1))).toMatch(/^HTTP\/1.1 431 /)
  })

  test('with a token below the size limit returns 401', async () => {
    const headers = { Authorization: `Bearer ${'x'.repeat(12_000)}` }
    expect(await problemOf({ as: null, headers })).toEqual({ status: 401, code: 'unauthenticated' })
  })

  test.each([
    ['a NUL in it', 'X-Request-Id: a\0b\r\n'],
    ['a line that ends without a carriage return', 'X: y\nIdempotency-Key: k\r\n'],
    ['a lone carriage return', 'X: y\rIdempotency-Key: k\r\n'],
    ['a blank before its colon', 'Content-Length : 2\r\n'],
    ['two Content-Length headers', 'Content-Length: 2\r\nContent-Length: 3\r\n'],
    ['a Content-Length and chunks', 'Content-Length: 2\r\nTransfer-Encoding: chunked\r\n'],
    ['an unknown transfer coding', 'Transfer-Encoding: chunked, xchunked\r\n'],
    ['a Content-Length that is not a number', 'Content-Length: 2,2\r\n'],
  ])('with %s is rejected as invalid HTTP', async (_, header) => {
    const request = `POST /v1/bookings HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${tokens.traveler}\r\n${header}\r\n{}`
    expect(await nothingWritten(() => sendBytes(system.ports.edge, request))).toMatch(/^HTTP\/1.1 400 /)
  })

  const junk = ['\xff\xfe', '${jndi:ldap://x}', '%0d%0aX: y', '"; drop', 'a\tb', '__proto__', 'x'.repeat(10_000), '']
  test.each(['X-Request-Id', 'traceparent', 'tracestate', 'Prefer', 'User-Agent', 'If-None-Match', 'Origin'])(
    '%s with an invalid value does not prevent the decision',
    async (name) => {
      for (const value of junk) {
        const response = await send({
          body: JSON.stringify(newRequest()),
          headers: { Prefer: 'wait=10', [name]: value },
        })
        expect({ value, status: response.status }).toEqual({ value, status: 201 })
        const { id } = response.body as { id: string }
        await expect.poll(() => statusOf(id)).toBe('pending')
      }
    },
  )

  test.each(['wait=-1', 'wait=x', 'wait=1e9', 'wait=99999999999999999999', 'wait', ',;="', 'respond-async'])(
    'Prefer: %s is ignored',
    async (prefer) => {
      const response = await send({ body: JSON.stringify(newRequest()), headers: { Prefer: prefer } })
      expect([response.status, response.headers['preference-applied']]).toEqual([201, undefined])
    },
  )
})

describe('a client that disconnects', () => {
  const begun = (path: string, role: 'traveler' | 'owner', headers: string) =>
    `POST ${path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${tokens[role]}\r\n${headers}\r\n`
  const json = 'Content-Type: application/json\r\n'

  test('in a body writes nothing', async () => {
    const accept = `/v1/bookings/${await book()}/accept`
    await nothingWritten(async () => {
      for (const length of ['Content-Length: 100\r\n', 'Transfer-Encoding: chunked\r\n']) {
        const part = length.startsWith('T') ? '2\r\n{"\r\n' : '{"'
        await sendAndDisconnect(system.ports.edge, begun('/v1/bookings', 'traveler', json + length) + part)
        await sendAndDisconnect(system.ports.edge, begun(accept, 'owner', `Idempotency-Key: k\r\n${length}`) + part)
      }
      // The server handles connections in order, so a later answer shows that the earlier request was handled.
      expect((await owner('GET', '/v1/bookings')).status).toBe(200)
    })
  })

  test('from a stream frees its sockets', async () => {
    const open = (path: string) => send({ method: 'GET', path, as: 'admin' })
    const before = sockets()
    for (let round = 0; round < 20; round++) {
      const answers = await Promise.all([open('/v1/events/stream'), open('/v1/notifications/stream')])
      expect(answers.map(({ status }) => status)).toEqual([200, 200])
    }
    await expect.poll(sockets, { timeout: 4_000 }).toBeLessThanOrEqual(before)
  })
})

describe('after all invalid requests', () => {
  test('a booking is created, decided, notified and counted', async () => {
    const id = await book()
    const accepted = await owner('POST', `/v1/bookings/${id}/accept`)
    expect([accepted.status, accepted.body.status]).toEqual([200, 'confirmed'])
    const after = { 'Consistency-Token': accepted.headers.get('consistency-token')! }
    const notifications = await traveler('GET', '/v1/notifications?limit=1', undefined, after)
    expect(notifications.body.data[0]).toMatchObject({ bookingId: id, type: 'booking.confirmed' })
    expect((await admin('GET', '/v1/analytics/summary', undefined, after)).body.confirmed).toBeGreaterThan(0)
  })

  test('no prototype has new properties', () => {
    expect(Object.keys(Object.prototype)).toEqual([])
    expect(({} as Record<string, unknown>)['admin']).toBeUndefined()
  })

  test('no topic has a dead letter', async () => {
    const dead = plannedTopics(TOPICS).filter(({ topic }) => topic.endsWith('.dlq'))
    expect(dead).toHaveLength(Object.keys(TOPICS).length)
    for (const { topic } of dead) expect(await endOf(topic)).toEqual([0, 0, 0])
  })

  test('no process has reported an internal error', () => {
    expect(system.reports).toEqual([])
  })
})

let next = 0
/** A request for one night that no other test books. */
function newRequest() {
  const day = (offset: number) => new Date(Date.UTC(2033, 0, 2 * next + offset)).toISOString().slice(0, 10)
  next++
  return { ...good, checkIn: day(1), checkOut: day(2) }
}

async function book(): Promise<string> {
  const { status, body } = await traveler('POST', '/v1/bookings', newRequest(), { Prefer: 'wait=10' })
  expect([status, body.status]).toEqual([201, 'pending'])
  return body.id
}

/** Open sockets of the system and of its clients, which share this process. */
const sockets = (): number => process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length

const statusOf = async (id: string): Promise<string> => (await traveler('GET', `/v1/bookings/${id}`)).body.status
