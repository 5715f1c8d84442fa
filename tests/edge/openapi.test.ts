import { Ajv2020 } from 'ajv/dist/2020.js'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Answer, type Client, startTestSystem, type TestSystem } from '../system/system.ts'

/** Compares the answers of the system with /openapi.json. */

let system: TestSystem
let check: (route: string, answer: Answer) => void
const seen = new Set<string>()

beforeAll(async () => {
  system = await startTestSystem()
  const document = await (await fetch(`http://127.0.0.1:${system.ports.edge}/openapi.json`)).json()
  const ajv = new Ajv2020({ strict: false, validateFormats: false })
  ajv.addSchema(document, 'api')
  check = (route, { status, body }) => {
    const [method, path] = route.split(' ') as [string, string]
    const type = status >= 400 ? 'application/problem+json' : 'application/json'
    const pointer = ['paths', path, method.toLowerCase(), 'responses', String(status), 'content', type, 'schema']
    const $ref = `api#/${pointer.map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/')}`
    const isValid = ajv.compile({ $ref })
    expect(isValid(body), `${route} ${status}: ${ajv.errorsText(isValid.errors)}\n${JSON.stringify(body)}`).toBe(true)
    seen.add(`${route} ${status}`)
  }
})

afterAll(() => system.close())

test('every answer matches its description', async () => {
  const [traveler, owner, admin] = (['traveler', 'owner', 'admin'] as const).map((role) =>
    system.as(role, `${role}-1`),
  ) as [Client, Client, Client]
  const checked = async (client: Client, method: string, template: string, id = '', body?: unknown, query = '') => {
    const answer = await client(method, template.replace('{id}', encodeURIComponent(id)) + query, body, {
      Prefer: 'wait=10',
    })
    check(`${method} ${template}`, answer)
    return answer
  }
  const newRequest = (checkIn: string, checkOut: string) => ({ listingId: 'listing-123', checkIn, checkOut, guests: 2 })
  const days = '?from=2034-01-01&to=2034-02-01'

  const draft = { id: 'mine', name: 'Mine', maxGuests: 2, price: { amount: 100, currency: 'EUR' } }
  await checked(owner, 'POST', '/v1/listings', '', draft)
  await checked(owner, 'POST', '/v1/listings', '', draft)
  await checked(owner, 'PATCH', '/v1/listings/{id}', 'mine', { name: 'Ours' })
  await checked(owner, 'GET', '/v1/listings')
  await checked(owner, 'GET', '/v1/listings/{id}', 'mine')
  await checked(owner, 'GET', '/v1/listings/{id}', 'nobodys')
  await checked(owner, 'GET', '/v1/listings/{id}/availability', 'mine', undefined, days)

  const { body: first } = await checked(traveler, 'POST', '/v1/bookings', '', newRequest('2034-01-01', '2034-01-03'))
  await checked(traveler, 'POST', '/v1/bookings', '', newRequest('2034-01-02', '2034-01-04'))
  await checked(traveler, 'POST', '/v1/bookings', '', {})
  const { body: second } = await checked(traveler, 'POST', '/v1/bookings', '', newRequest('2034-01-05', '2034-01-06'))
  await checked(traveler, 'POST', '/v1/bookings/{id}/accept', first.id)
  await checked(owner, 'POST', '/v1/bookings/{id}/accept', first.id)
  await checked(owner, 'POST', '/v1/bookings/{id}/accept', first.id)
  await checked(owner, 'POST', '/v1/bookings/{id}/reject', second.id, { reason: 'closed' })
  await checked(traveler, 'POST', '/v1/bookings/{id}/cancel', first.id)
  await checked(traveler, 'GET', '/v1/bookings')
  await checked(traveler, 'GET', '/v1/bookings/{id}', first.id)
  await checked(traveler, 'GET', '/v1/bookings/{id}/events', first.id)

  const unread = async () => (await checked(traveler, 'GET', '/v1/notifications')).body.data
  await expect.poll(unread).not.toHaveLength(0)
  await checked(traveler, 'POST', '/v1/notifications/{id}/read', (await unread())[0].id)
  await checked(traveler, 'GET', '/v1/notifications/unread-count')
  await checked(traveler, 'POST', '/v1/notifications/read-all')
  await checked(admin, 'GET', '/v1/analytics/summary')
  await checked(admin, 'GET', '/v1/analytics/summary', '', undefined, '?ownerId=owner-1')
  await checked(admin, 'GET', '/v1/analytics/timeseries', '', undefined, '?groupBy=kind')

  const lab2 = { listing_id: 'listing-123', check_in: '2034-03-01', check_out: '2034-03-02', guest_count: 2 }
  const { body: third } = await checked(traveler, 'POST', '/api/bookings', '', lab2)
  await checked(owner, 'POST', '/api/bookings/{id}/accept', third.booking_id)
  await checked(traveler, 'GET', '/api/notifications')
  await checked(owner, 'DELETE', '/v1/listings/{id}', 'nobodys')
  const tent = { id: 'withdrawn', name: 'Tent', maxGuests: 1, price: { amount: 1, currency: 'EUR' } }
  await checked(owner, 'POST', '/v1/listings', '', tent)
  expect((await owner('DELETE', '/v1/listings/withdrawn')).status).toBe(204)
  await checked(owner, 'GET', '/v1/listings/{id}', 'withdrawn')

  const property = { propertyId: 'cabin', propertyName: 'Cabin', guests: 2, pricePerNight: 80 }
  await checked(owner, 'POST', '/api/properties', '', property)
  await checked(owner, 'POST', '/api/properties', '', property)
  await checked(owner, 'POST', '/api/properties', '', {})
  await checked(owner, 'PUT', '/api/properties/{id}', 'cabin', { propertyName: 'Hut', guests: 1, pricePerNight: 70 })
  await checked(traveler, 'GET', '/api/properties')
  await checked(traveler, 'GET', '/api/properties/{id}', 'cabin')
  await checked(traveler, 'DELETE', '/api/properties/{id}', 'cabin')
  const nights = { propertyId: 'cabin', checkIn: '2034-04-01', checkOut: '2034-04-02', guests: 1 }
  const { body: fourth } = await checked(traveler, 'POST', '/api/travelers/bookings', '', nights)
  await checked(owner, 'PUT', '/api/owners/bookings/{id}/approve', fourth.bookingId)
  await checked(owner, 'PUT', '/api/owners/bookings/{id}/approve', fourth.bookingId)
  await checked(traveler, 'GET', '/api/travelers/bookings')
  await checked(owner, 'GET', '/api/owners/bookings')
  expect(seen.size).toBeGreaterThan(35)
})
