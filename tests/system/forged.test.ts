import { randomUUID } from 'node:crypto'
import { Kafka, type Message } from '@upstash/kafka'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { SigningKeysText } from '#platform/signature.ts'
import { syncSignerOf } from '#platform/node/signature.ts'
import { type Client, startTestSystem, type TestSystem } from './system.ts'

/** A foreign producer with the right to produce on `booking-requests` writes what only our own processes may write. */

let system: TestSystem
let traveler: Client
let owner: Client
let kafka: Kafka

beforeAll(async () => {
  system = await startTestSystem()
  traveler = system.as('traveler', 'traveler-1')
  owner = system.as('owner', 'owner-1')
  kafka = new Kafka(system.endpoints.proxy)
})

afterAll(() => system.close())

const LISTING = 'listing-123'
const SIGNATURE = 'reservoir-signature'

type Headers = { key: string; value: string }[]

const produce = (value: string, headers: Headers): Promise<unknown> =>
  kafka.producer().produce('booking-requests', value, { key: LISTING, headers })

async function everyMessage(topic: string): Promise<Message[]> {
  const positions = [0, 1, 2].map((partition) => ({ topic, partition, offset: 0 }))
  return kafka.consumer().fetch({ topicPartitionOffsets: positions, timeout: 1_000 })
}

const valueOf = ({ headers }: Message, name: string): string | undefined =>
  headers.find(({ key }) => key === name)?.value

let month = 0
const nights = () => ({
  checkIn: `2033-${String(++month).padStart(2, '0')}-01`,
  checkOut: `2033-${String(month).padStart(2, '0')}-03`,
})

async function book(): Promise<string> {
  const { status, body } = await traveler('POST', '/v1/bookings', { listingId: LISTING, ...nights(), guests: 2 })
  expect(status).toBe(201)
  return body.id
}

/** Resolves when every message of the listing so far has been handled: a later command has been decided. */
async function untilHandled(): Promise<void> {
  const { status } = await traveler(
    'POST',
    '/v1/bookings',
    { listingId: LISTING, ...nights(), guests: 2 },
    { Prefer: 'wait=10' },
  )
  expect(status).toBe(201)
}

const accepting = (bookingId: string) => ({
  type: 'AcceptBooking',
  id: randomUUID(),
  listingId: LISTING,
  actor: { role: 'system', id: 'forger' },
  at: new Date().toISOString(),
  bookingId,
})

const asOurs = (type = 'AcceptBooking', source = '/reservoir/edge'): Headers => [
  { key: 'ce_source', value: source },
  { key: 'ce_type', value: type },
]

const signed = (value: string, keys: string): Headers => [
  { key: SIGNATURE, value: syncSignerOf(SigningKeysText.parse(keys))(value) },
]

const foreignKey = (id: string): string => `${id}:${Buffer.alloc(32, 7).toString('base64url')}`

test('a command without a valid signature is a dead letter with the reason, and changes nothing', async () => {
  const id = await book()
  const value = JSON.stringify({ command: accepting(id) })
  const ownKeyId = system.endpoints.commandKeys.split(':')[0]!
  // The message of the booking itself, whose signature is valid for another value.
  const requests = await everyMessage('booking-requests')
  const genuine = requests.find((message) => message.value.includes(id))!
  const forged: [reason: string, value: string, headers: Headers][] = [
    ['unsigned command', value, asOurs()],
    ['unsigned command', value, asOurs('AcceptBooking', '/reservoir/processor')],
    ['unsigned command', 'not JSON', asOurs()],
    ['unknown key id', value, [...asOurs(), ...signed(value, foreignKey('other'))]],
    ['unknown key id', value, [...asOurs(), { key: SIGNATURE, value: '' }]],
    ['wrong signature', value, [...asOurs(), ...signed(value, foreignKey(ownKeyId))]],
    ['wrong signature', value, [...asOurs(), { key: SIGNATURE, value: valueOf(genuine, SIGNATURE)! }]],
    ['wrong signature', genuine.value.replaceAll('traveler-1', 'traveler-2'), genuine.headers],
  ]
  for (const [, sent, headers] of forged) await produce(sent, headers)
  await untilHandled()

  const { body } = await traveler('GET', `/v1/bookings/${id}`)
  expect(body).toMatchObject({ status: 'pending', version: 1 })
  const letters = async () => {
    const dead = await everyMessage('booking-requests.dlq')
    return dead.map((message) => [valueOf(message, 'x-error-reason'), message.value])
  }
  await expect.poll(letters, { timeout: 10_000 }).toEqual(forged.map(([reason, sent]) => [reason, sent]))
  const metrics = await (await fetch(`${system.endpoints.query}/metrics`)).text()
  expect(metrics).toMatch(/^processor_dead_letters_total\{[^}]*cause="unauthentic"[^}]*\} 8$/m)

  expect((await owner('POST', `/v1/bookings/${id}/accept`)).body.status).toBe('confirmed')
})

test('a documented request can only request a booking, as a traveler', async () => {
  const id = await book()
  const bookingId = randomUUID()
  const { checkIn, checkOut } = nights()
  const documented = {
    event_type: 'booking_created',
    event_id: randomUUID(),
    timestamp: new Date().toISOString(),
    booking_id: bookingId,
    listing_id: LISTING,
    guest_id: 'guest-9',
    check_in: checkIn,
    check_out: checkOut,
    status: 'confirmed',
    metadata: { guest_count: 2 },
    actor: { role: 'system', id: 'forger' },
    command: accepting(id),
  }
  for (const headers of [[], asOurs('AcceptBooking', '/elsewhere'), signed('{}', foreignKey('other'))])
    await produce(JSON.stringify(documented), headers)
  for (const event_type of ['AcceptBooking', 'booking_accepted', 'booking.confirmed'])
    await produce(JSON.stringify({ ...documented, event_type }), [])
  await untilHandled()

  expect((await traveler('GET', `/v1/bookings/${id}`)).body).toMatchObject({ status: 'pending', version: 1 })
  const guest = system.as('traveler', 'guest-9')
  const requested = async () => (await guest('GET', `/v1/bookings/${bookingId}`)).body
  await expect.poll(requested).toMatchObject({ status: 'pending', version: 1, travelerId: 'guest-9' })
  const { body: history } = await guest('GET', `/v1/bookings/${bookingId}/events`)
  expect(history.data).toMatchObject([{ type: 'booking.created', actor: { role: 'traveler', id: 'guest-9' } }])
})

const OTHER_LISTING = {
  id: 'chalet',
  kind: 'stay',
  name: 'Chalet',
  capacity: 1,
  maxGuests: 2,
  price: { amount: 9_000, currency: 'EUR' },
}

test('a documented request takes the id of no other booking', async () => {
  const id = await book()
  const before = (await traveler('GET', `/v1/bookings/${id}`)).body
  const alias = id.replaceAll('-', '').slice(0, 24)
  const requesting = (listing_id: string, booking_id: string) => {
    const { checkIn: check_in, checkOut: check_out } = nights()
    const timestamp = new Date().toISOString()
    const about = {
      event_id: randomUUID(),
      timestamp,
      booking_id,
      listing_id,
      guest_id: 'guest-9',
      check_in,
      check_out,
    }
    return JSON.stringify({ event_type: 'booking_created', ...about, metadata: { guest_count: 1 } })
  }
  expect((await owner('POST', '/v1/listings', OTHER_LISTING)).status).toBe(201)
  const send = (listing: string, bookingId: string) =>
    kafka.producer().produce('booking-requests', requesting(listing, bookingId), { key: listing })
  const guest = system.as('traveler', 'guest-9')
  const requested = async () => (await guest('GET', '/v1/bookings/BOOK123')).body
  await send(LISTING, 'BOOK123')
  await expect.poll(requested, { timeout: 10_000 }).toMatchObject({ status: 'pending', listingId: LISTING })
  const first = await requested()
  for (const bookingId of [id, id.toUpperCase(), alias, 'BOOK123', 'BOOK124']) await send(OTHER_LISTING.id, bookingId)
  await expect
    .poll(async () => (await guest('GET', '/v1/bookings/BOOK124')).body, { timeout: 10_000 })
    .toMatchObject({ status: 'pending', listingId: OTHER_LISTING.id })

  expect((await traveler('GET', `/v1/bookings/${id}`)).body).toEqual(before)
  expect((await traveler('GET', `/v1/bookings/${alias}`)).body).toEqual(before)
  expect(await requested()).toEqual(first)
  const { body: history } = await guest('GET', '/v1/bookings/BOOK123/events')
  expect(history.data).toHaveLength(1)
  const { body: mine } = await guest('GET', `/v1/bookings?listingId=${OTHER_LISTING.id}`)
  expect(mine.data.map((booking: { id: string }) => booking.id)).toEqual(['BOOK124'])
})
