import ICAL from 'ical.js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Client, startTestSystem, type TestSystem } from '../system/system.ts'

/** Calendars on the whole system, read by a parser that is not the library which wrote them. */

let system: TestSystem
let traveler: Client
let owner: Client
let listingId: string

const NAME = 'Loft; 2nd floor, \\ "Ünï" 🏠 ' + 'x'.repeat(80)
const WISH = 'A secret wish'

beforeAll(async () => {
  system = await startTestSystem()
  traveler = system.as('traveler', 'traveler-secret')
  owner = system.as('owner', 'owner-1')
  listingId = await publish()
})

afterAll(() => system.close())

async function publish(changes: object = {}): Promise<string> {
  const draft = { name: NAME, maxGuests: 2, price: { amount: 100, currency: 'USD' }, ...changes }
  const { status, body } = await owner('POST', '/v1/listings', draft)
  expect(status).toBe(201)
  return body.id
}

async function book(checkIn: string, checkOut: string | null, changes: object = {}): Promise<string> {
  const request = { listingId, checkIn, checkOut, guests: 2, specialRequests: WISH, ...changes }
  const { status, body } = await traveler('POST', '/v1/bookings', request, { Prefer: 'wait=10' })
  expect([status, body.status]).toEqual([201, 'pending'])
  return body.id
}

async function textOf(path: string, headers: Record<string, string> = {}): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${system.ports.edge}${path}`, { headers })
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/calendar; charset=utf-8'])
  return response.text()
}

/** The events of a calendar. Each line of the text must end with CRLF and have at most 75 bytes. */
function eventsIn(text: string) {
  expect(text.endsWith('END:VCALENDAR\r\n')).toBe(true)
  for (const line of text.slice(0, -2).split('\r\n')) {
    expect(line).not.toMatch(/[\r\n]/)
    expect(new TextEncoder().encode(line).length).toBeLessThanOrEqual(75)
  }
  const calendar = new ICAL.Component(ICAL.parse(text))
  return calendar.getAllSubcomponents('vevent').map((component) => {
    const event = new ICAL.Event(component)
    expect([event.startDate.isDate, event.endDate.isDate]).toEqual([true, true])
    return {
      uid: event.uid,
      from: event.startDate.toString(),
      to: event.endDate.toString(),
      summary: event.summary,
      sequence: event.sequence,
      status: component.getFirstPropertyValue('status'),
    }
  })
}

describe('GET /v1/bookings/:id/calendar.ics', () => {
  const read = async (id: string) => {
    const Authorization = `Bearer ${await system.tokenOf('traveler', 'traveler-secret')}`
    return eventsIn(await textOf(`/v1/bookings/${id}/calendar.ics`, { Authorization }))
  }

  test('follows the booking with one id and an increasing sequence', async () => {
    const id = await book('2034-02-27', '2034-03-02')
    const event = { uid: `${id}@reservoir`, from: '2034-02-27', to: '2034-03-02', summary: NAME }
    expect(await read(id)).toEqual([{ ...event, sequence: 1, status: 'TENTATIVE' }])
    await owner('POST', `/v1/bookings/${id}/accept`)
    expect(await read(id)).toEqual([{ ...event, sequence: 2, status: 'CONFIRMED' }])
    await traveler('POST', `/v1/bookings/${id}/cancel`)
    expect(await read(id)).toEqual([{ ...event, sequence: 3, status: 'CANCELLED' }])
  })

  test('of a departure has one day', async () => {
    const flight = await publish({ kind: 'flight', capacity: 9, confirmationPolicy: 'owner' })
    const id = await book('2034-12-31', null, { listingId: flight })
    expect(await read(id)).toMatchObject([{ from: '2034-12-31', to: '2035-01-01' }])
  })
})

describe('the calendar feed of a listing', () => {
  const urlOf = async (id: string) => (await owner('GET', `/v1/listings/${id}/calendar-feed`)).body.url as string
  const pathOf = async (id: string) => {
    const { pathname, search } = new URL(await urlOf(id))
    return pathname + search
  }

  test('has the live bookings and blocks, and neither travelers nor special requests', async () => {
    const id = await publish()
    const [one, two, gone] = [
      await book('2035-01-01', '2035-01-03', { listingId: id }),
      await book('2035-01-03', '2035-01-04', { listingId: id }),
      await book('2035-02-01', '2035-02-03', { listingId: id }),
    ]
    await owner('POST', `/v1/bookings/${two}/accept`)
    await owner('POST', `/v1/bookings/${gone}/reject`)
    const block = await owner('POST', `/v1/listings/${id}/blocks`, { from: '2035-01-10', to: '2035-01-12' })
    const text = await textOf(await pathOf(id))
    expect(eventsIn(text)).toMatchObject([
      { uid: `${one}@reservoir`, from: '2035-01-01', to: '2035-01-03', status: 'TENTATIVE', sequence: 1 },
      { uid: `${two}@reservoir`, from: '2035-01-03', to: '2035-01-04', status: 'CONFIRMED', sequence: 2 },
      { uid: `${block.body.id}@reservoir`, from: '2035-01-10', to: '2035-01-12', status: 'CONFIRMED' },
    ])
    const unfolded = text.replaceAll(/\r\n[ \t]/g, '')
    expect(unfolded).not.toContain('traveler-secret')
    expect(unfolded).not.toContain(WISH)
  })

  test('returns 404 for a secret of another listing and for none', async () => {
    const url = new URL(await urlOf(listingId))
    const other = await urlOf('listing-123')
    const secret = url.searchParams.get('token')!
    const altered = (secret.startsWith('A') ? 'B' : 'A') + secret.slice(1)
    for (const token of [new URL(other).searchParams.get('token')!, altered, secret.slice(0, -1), '']) {
      url.searchParams.set('token', token)
      const { status, body } = await traveler('GET', url.pathname + url.search)
      expect([status, body.code]).toEqual([404, 'unknown_listing'])
    }
    expect((await traveler('GET', url.pathname)).status).toBe(422)
  })

  test('has an address that stays, and that only the owner and admins get', async () => {
    expect(await urlOf(listingId)).toBe(await urlOf(listingId))
    expect((await urlOf(listingId)).startsWith(`http://127.0.0.1:${system.ports.edge}/`)).toBe(true)
    const path = `/v1/listings/${listingId}/calendar-feed`
    expect((await system.as('admin', 'admin-1')('GET', path)).status).toBe(200)
    expect((await system.as('owner', 'owner-2')('GET', path)).status).toBe(404)
    expect((await traveler('GET', path)).status).toBe(403)
  })
})
