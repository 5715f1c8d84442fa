import { Kafka } from '@upstash/kafka'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { LogLine } from '#platform/log-line.ts'
import { startTestSystem, type TestSystem } from '../system/system.ts'

/** No card number gets past the edge: not to a topic, a log line or the body of a problem. */

let system: TestSystem
const lines: LogLine[] = []

beforeAll(async () => {
  system = await startTestSystem({ BILLING: 'off' }, (line) => void lines.push(line))
})

afterAll(() => system.close())

/** Test numbers of the card schemes, as people write them. */
const NUMBERS = [
  '4242424242424242',
  '4242-4242-4242-4242',
  '4000.0566.5566.5556',
  '378282246310005',
  'card=5555555555554444;',
  '4242_4242_4242_4242',
  '4242/4242/4242/4242',
  // With its expiry date and security code.
  '4242-4242-4242-4242-12-30-123',
  '42424242424242421230',
]

const stay = { checkIn: '2031-05-01', checkOut: '2031-05-03' }

const ROUTES: readonly [path: string, body: object][] = [
  ['/v1/bookings', { listingId: 'listing-123', ...stay, guests: 2 }],
  ['/api/bookings', { listing_id: 'listing-123', check_in: stay.checkIn, check_out: stay.checkOut, guest_count: 2 }],
  ['/api/travelers/bookings', { propertyId: '507f1f77bcf86cd799439012', ...stay, guests: 2, totalPrice: 600 }],
]

/** The field, in every spelling. */
const FIELDS = ['paymentMethod', 'payment_method']

async function topics(): Promise<string> {
  const { proxy } = system.endpoints
  const consumer = new Kafka(proxy).consumer()
  const names = ['booking-requests', 'booking-requests.dlq', 'bookings']
  const found = names.flatMap((topic) =>
    [0, 1, 2].map((partition) => consumer.fetch({ topic, partition, offset: 0, timeout: 100 })),
  )
  return JSON.stringify(await Promise.all(found))
}

const digitsOf = (number: string): string => number.replaceAll(/\D/g, '')

describe.each(ROUTES)('POST %s', (path, body) => {
  test.each(FIELDS.flatMap((field) => NUMBERS.map((number) => [field, number] as const)))(
    'with a %s like %s returns 422 and keeps the number nowhere',
    async (field, number) => {
      const traveler = system.as('traveler', 'traveler-1')
      const { status, body: problem } = await traveler('POST', path, { ...body, [field]: number })
      expect([status, problem.code]).toEqual([422, 'invalid_request'])
      expect(problem.errors).toMatchObject([{ pointer: `/${field}` }])
      for (const text of [JSON.stringify(problem), JSON.stringify(lines)]) expect(text).not.toContain(number)
    },
  )

  test.each(FIELDS)('with a %s that is a number in JSON returns 422 and keeps the number nowhere', async (field) => {
    const traveler = system.as('traveler', 'traveler-1')
    const { status, body: problem } = await traveler('POST', path, { ...body, [field]: Number(NUMBERS[0]) })
    expect([status, problem.code]).toEqual([422, 'invalid_request'])
    for (const text of [JSON.stringify(problem), JSON.stringify(lines)]) expect(text).not.toContain(NUMBERS[0])
  })
})

test('the topics and the log lines have no card number, and a token of the provider is taken', async () => {
  const traveler = system.as('traveler', 'traveler-1')
  const request = { ...ROUTES[0]![1], paymentMethod: 'pm_card_visa' }
  const { status, body } = await traveler('POST', '/v1/bookings', request, { Prefer: 'wait=10' })
  expect(status).toBe(201)
  const written = await topics()
  expect(written).toContain(body.id)
  for (const number of NUMBERS) {
    for (const text of [written.replaceAll(/[ ._/-]/g, ''), JSON.stringify(lines)])
      expect(text).not.toContain(digitsOf(number))
  }
  expect(JSON.stringify([body, lines])).not.toContain('pm_card_visa')
})
