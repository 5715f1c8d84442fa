import * as fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Role } from '#domain/actor.ts'
import { isProblemCode, PROBLEM_TYPES } from '#edge/problem-types.ts'
import { ROUTES } from '#edge/routes/routes.ts'
import { startTestSystem, type TestSystem } from '../system/system.ts'
import { type RawResponse, sendRaw, type RawRequest } from '../runtimes/raw-http.ts'

/** Random requests by random users to every route: each answer is in time, documented, and no internal error. */

let system: TestSystem
let tokens: Record<Role, string>

beforeAll(async () => {
  system = await startTestSystem({ RATE_LIMIT_PER_MINUTE: '0' })
  const signed = Role.options.map(async (role) => [role, await system.tokenOf(role, `${role}-1`)] as const)
  tokens = Object.fromEntries(await Promise.all(signed)) as Record<Role, string>
})

afterAll(() => system.close())

const NAMES = '__proto__ constructor prototype toString hasOwnProperty $where $ne a.b .. . * null'.split(' ')
const NUMBERS = '-1 0 NaN 1e999 9007199254740993 0000-00-00 9999-12-31 -000001-01-01'.split(' ')
const ENCODED = '% %00 %0d%0a %2e%2e %2F %252F %ff %ED%A0%80 ? # ; & ='.split(' ')
const CHARACTERS = ['', ' ', '\0', '\r\n', '\ud800', '\u2028', '\u202e', 'é', '😀']
const text = fc.oneof(
  fc.constantFrom(...NAMES, ...NUMBERS, ...ENCODED, ...CHARACTERS),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ unit: 'grapheme', maxLength: 40 }),
)

/** JSON as text, so that keys may be duplicated and numbers may be out of range. */
const json: fc.Arbitrary<string> = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    text.map((some) => JSON.stringify(some)),
    fc.constantFrom('null', 'true', '0', '-0', '1', '1.5', '-1', '1e999', '1e-999', '9007199254740993', '2', '""'),
    fc.json(),
    fc.array(tie('value'), { maxLength: 3 }).map((items) => `[${items.join()}]`),
    membersOf(text, tie('value')),
  ),
})).value

function membersOf(key: fc.Arbitrary<string>, value: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const member = fc.tuple(key, value).map(([name, some]) => `${JSON.stringify(name)}:${some}`)
  return fc.array(member, { maxLength: 4 }).map((members) => `{${members.join()}}`)
}

/** A valid body with one member replaced and others added. */
function nearly(good: Record<string, unknown>): fc.Arbitrary<string> {
  const name = fc.constantFrom(...Object.keys(good))
  const members = (replacedKey: string, value: string) =>
    Object.keys(good).map((key) => `${JSON.stringify(key)}:${key === replacedKey ? value : JSON.stringify(good[key])}`)
  return fc
    .tuple(name, json, membersOf(fc.oneof(text, name), json))
    .map(
      ([replacedKey, value, more]) => `{${[...members(replacedKey, value), more.slice(1, -1)].filter(Boolean).join()}}`,
    )
}

const days = { checkIn: '2031-01-01', checkOut: '2031-01-03' }
const body = fc.oneof(
  nearly({ listingId: 'listing-123', ...days, guests: 2, price: { amount: 25_000, currency: 'USD' } }),
  nearly({ listing_id: 'listing-123', check_in: days.checkIn, check_out: days.checkOut, guest_count: 2 }),
  nearly({ name: 'A cottage', maxGuests: 2, price: { amount: 100, currency: 'USD' }, timeZone: 'UTC', kind: 'stay' }),
  nearly({ reason: 'none' }),
  json,
  text,
)

const encoded = (some: string): string => encodeURIComponent(some.toWellFormed())
/** A path segment: raw if a request line can hold it, or encoded once or twice. */
const segment = fc.oneof(
  fc.constantFrom('listing-123', '1', 'b1'),
  text.map((some) => some.replaceAll(/[^\x21-\x7e]/g, '')),
  text.map(encoded),
  text.map((some) => encoded(encoded(some))),
  fc.integer({ min: 1_000, max: 6_000 }).map((length) => 'x'.repeat(length)),
)

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'QUERY', 'PROPFIND']

/** A known route with a random id. */
const known = fc
  .tuple(fc.constantFrom(...ROUTES), segment)
  .map(([{ method, path }, id]) => ({ method, path: path.replace(/:\w+/, () => id) }))
const paths = fc.oneof(
  fc.constantFrom(...ROUTES.map(({ path }) => path)),
  fc.array(segment, { maxLength: 5 }).map((segments) => `/${segments.join('/')}`.slice(0, 8_000)),
)
const strange = fc.record({ method: fc.constantFrom(...METHODS), path: paths })
const target = fc.oneof({ weight: 8, arbitrary: known }, { weight: 2, arbitrary: strange })

const PARAMETERS = 'limit cursor status role listingId kind ownerId unread from to groupBy interval'.split(' ')
const parameter = fc
  .tuple(fc.oneof(fc.constantFrom(...PARAMETERS), text), fc.oneof(text, fc.constant('2031-01-01')))
  .map(([name, some]) => `${encoded(name)}=${encoded(some)}`)
const search = fc.array(parameter, { maxLength: 4 }).map((parameters) => `?${parameters.join('&')}`)

const OURS = 'Idempotency-Key If-Match If-None-Match Last-Event-ID X-Request-Id traceparent Origin'.split(' ')
const OTHERS = 'Accept Accept-Encoding Content-Encoding Cookie Forwarded Range X-HTTP-Method-Override'.split(' ')
/** Every character that a client can send in a header. */
const value = text.map((some) => some.replaceAll(/[^\t\x20-\x7e\x80-\xff]/g, ''))
const headers = fc.oneof(
  fc.constant({}),
  fc.dictionary(fc.constantFrom(...OURS, ...OTHERS), value, { maxKeys: 3 }),
  fc.record({ 'Content-Type': fc.oneof(value, fc.constantFrom('text/plain', 'application/json; charset=utf-16')) }),
  fc.record({ Prefer: fc.oneof(value, fc.constantFrom('wait=0', 'wait=1', 'wait=-1', 'wait=1e9')) }),
  // A token that could be ours would make the read wait.
  fc.record({ 'Consistency-Token': value.map((some) => `$${some}`) }),
)

const user = fc.option(fc.constantFrom(...Role.options), { nil: undefined, freq: 12 })

const request = fc
  .record({ target, search, headers, body, user })
  .map(({ target: { method, path }, search, headers, body, user }): RawRequest => {
    const token: Record<string, string> = user ? { Authorization: `Bearer ${tokens[user]}` } : {}
    const bare = method === 'GET' || method === 'HEAD' || method === 'TRACE'
    const type: Record<string, string> = bare ? {} : { 'Content-Type': 'application/json' }
    return { method, path: path + search, headers: { ...type, ...token, ...headers }, ...(!bare && { body }) }
  })

/** The rule that an answer breaks, or null. */
function faultIn({ status, headers, body }: RawResponse, { method }: RawRequest): string | null {
  if (status >= 200 && status < 400) return null
  if (headers['content-type'] !== 'application/problem+json') return 'the error is not a problem document'
  if (method === 'HEAD') return status < 500 ? null : 'the answer is an internal error'
  const { code, status: statusInBody } = body as { code: string; status: number }
  if (!isProblemCode(code)) return 'the code of the problem is unknown'
  if (PROBLEM_TYPES[code].status !== status || statusInBody !== status)
    return 'the status does not match the code of the problem'
  return status < 500 ? null : 'the answer is an internal error'
}

test('every request has a documented answer in time', { timeout: 120_000 }, async () => {
  const statuses = new Set<number>()
  // Concurrently, because reads of unknown ids wait for a second.
  const many = fc.array(request, { minLength: 50, maxLength: 60, size: 'max' })
  const property = fc.asyncProperty(many, async (requests) => {
    const answers = await Promise.all(requests.map((sent) => sendRaw(system.ports.edge, sent)))
    const faults = requests.flatMap((sent, i) => {
      const fault = faultIn(answers[i]!, sent)
      return fault ? [{ fault, sent, status: answers[i]!.status, body: answers[i]!.body }] : []
    })
    expect(faults).toEqual([])
    expect(system.reports).toEqual([])
    for (const { status } of answers) statuses.add(status)
  })
  await fc.assert(property, { numRuns: 8 })
  // Both valid and invalid requests were sent.
  expect([...statuses]).toEqual(expect.arrayContaining([200, 401, 403, 404, 422]))
})

test('a booking is still created and decided afterwards', async () => {
  const owner = system.as('owner', 'owner-2')
  const listing = await owner('POST', '/v1/listings', {
    name: 'New',
    maxGuests: 2,
    price: { amount: 1, currency: 'USD' },
  })
  const booking = { listingId: listing.body.id, ...days, guests: 2 }
  const requested = await system.as('traveler', 'traveler-2')('POST', '/v1/bookings', booking, { Prefer: 'wait=10' })
  const accepted = await owner('POST', `/v1/bookings/${requested.body.id}/accept`)
  expect([accepted.status, accepted.body.status]).toEqual([200, 'confirmed'])
})
