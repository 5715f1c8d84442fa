import { afterAll, beforeAll, expect, test } from 'vitest'
import { composeEdge } from '#edge/compose.ts'
import { SILENT } from '#platform/log-line.ts'
import { serve } from '#platform/node/serve.ts'
import { SigningKeysText } from '#platform/signature.ts'
import { localKeys } from '#platform/tokens.ts'
import {
  secretFrom,
  secretIn,
  WEBHOOK_SIGNATURE,
  type WebhookSecret,
  webhookSignerOf,
} from '#platform/webhook-signature.ts'
import { startTestSystem, type TestSystem } from '../system/system.ts'

/** Webhooks of the payment provider, delivered to the whole system. */

const SECRET = 'whsec_of_the_endpoint'
const FLIGHT = 'FLIGHT456'

let system: TestSystem

beforeAll(async () => {
  system = await startTestSystem({ STRIPE_WEBHOOK_SECRET: SECRET, BILLING: 'off' })
})

afterAll(() => system.close())

const derived = () => secretFrom(SigningKeysText.parse(system.endpoints.commandKeys)[0]!)

const edgeUrl = () => `http://127.0.0.1:${system.ports.edge}/v1/payments/webhook`

async function deliver(
  event: object,
  secret: WebhookSecret,
  send: (init: RequestInit) => Response | Promise<Response> = (init) => fetch(edgeUrl(), init),
) {
  const body = JSON.stringify(event)
  const signature = await webhookSignerOf(secret)(body, Date.now())
  const headers = { 'Content-Type': 'application/json', [WEBHOOK_SIGNATURE]: signature }
  const response = await send({ method: 'POST', body, headers })
  return { status: response.status, body: (await response.json()) as unknown }
}

let next = 0
const eventOf = (type: string, bookingId: string, more: object = {}) => ({
  id: `evt_${++next}`,
  type: `payment_intent.${type}`,
  data: { object: { id: 'pi_1', status: 'any', metadata: { bookingId, listingId: FLIGHT }, ...more } },
})

/** A flight is confirmed by its payment. */
async function book(): Promise<string> {
  const request = { listingId: FLIGHT, checkIn: '2031-03-01', guests: 1 }
  const { status, body } = await system.as('traveler', 'traveler-1')('POST', '/v1/bookings', request, {
    Prefer: 'wait=10',
  })
  expect([status, body.status, body.payment?.status]).toEqual([201, 'pending', 'none'])
  return body.id
}

const look = async (id: string) => (await system.as('traveler', 'traveler-1')('GET', `/v1/bookings/${id}`)).body

test('webhooks settle the payment of a booking, each once', async () => {
  const id = await book()
  const address = 'https://hooks.stripe.com/3d/1'
  const action = eventOf('requires_action', id, { next_action: { redirect_to_url: { url: address } } })
  expect(await deliver(action, secretIn(SECRET))).toEqual({ status: 200, body: { recorded: true } })
  await expect
    .poll(async () => (await look(id)).payment, { timeout: 10_000 })
    .toMatchObject({ status: 'requires_action', nextAction: address, reference: 'pi_1' })

  const authorized = eventOf('amount_capturable_updated', id)
  for (let i = 0; i < 3; i++) expect((await deliver(authorized, secretIn(SECRET))).status).toBe(200)
  await expect.poll(async () => (await look(id)).status, { timeout: 10_000 }).toBe('confirmed')
  expect((await look(id)).payment).toMatchObject({ status: 'authorized', nextAction: null })

  await deliver(eventOf('succeeded', id), secretIn(SECRET))
  await expect.poll(async () => (await look(id)).payment.status, { timeout: 10_000 }).toBe('captured')
  const { body: history } = await system.as('admin', 'admin-1')('GET', `/v1/bookings/${id}/events`)
  expect(history.data.filter(({ type }: { type: string }) => type === 'booking.confirmed')).toHaveLength(1)
})

test('a declined payment fails the booking with the reason', async () => {
  const id = await book()
  await deliver(
    eventOf('payment_failed', id, {
      last_payment_error: { code: 'card_declined', decline_code: 'insufficient_funds' },
    }),
    secretIn(SECRET),
  )
  await expect
    .poll(() => look(id), { timeout: 10_000 })
    .toMatchObject({ status: 'failed', reason: 'insufficient_funds', payment: { status: 'failed' } })
})

test("a secret of Stripe takes the place of the command keys'", async () => {
  const id = await book()
  const before = await look(id)
  expect((await deliver(eventOf('succeeded', id), derived())).status).toBe(401)
  expect((await deliver(eventOf('succeeded', id), secretIn('whsec_other'))).status).toBe(401)
  expect(await look(id)).toEqual(before)
})

/** A further edge of the same system. @param proxyUrl default: the system's */
function edgeWith({ proxyUrl, webhookSecret }: { proxyUrl?: string; webhookSecret?: string }) {
  const { jwks, issuer, audience, proxy, query } = system.endpoints
  const tokens = { keys: localKeys(jwks), issuer, audience }
  const url = proxyUrl ?? proxy.url
  const settings = { allowPastDates: true, origins: [], requestsPerMinute: 0, webhookSecret, tokens }
  const edge = composeEdge({ ...settings, port: 0, proxy: { ...proxy, url, limitMs: 500 }, queryUrl: query }, SILENT)
  return (init: RequestInit) => edge.request('/v1/payments/webhook', init)
}

test('without a secret of Stripe, the command keys sign', async () => {
  const id = await book()
  const send = edgeWith({})
  expect((await deliver(eventOf('amount_capturable_updated', id), secretIn(SECRET), send)).status).toBe(401)
  expect((await deliver(eventOf('amount_capturable_updated', id), derived(), send)).status).toBe(200)
  await expect.poll(async () => (await look(id)).status, { timeout: 10_000 }).toBe('confirmed')
})

async function closedPort(): Promise<number> {
  const server = await serve(() => new Response(), { port: 0 })
  await server.close(0)
  return server.port
}

test('while the log is away, a webhook returns 503, so that the provider repeats it', async () => {
  const id = await book()
  const event = eventOf('amount_capturable_updated', id)
  const away = edgeWith({ proxyUrl: `http://127.0.0.1:${await closedPort()}`, webhookSecret: SECRET })
  expect(await deliver(event, secretIn(SECRET), away)).toMatchObject({ status: 503, body: { code: 'log_unavailable' } })
  expect((await look(id)).payment.status).toBe('none')
  expect((await deliver(event, secretIn(SECRET))).status).toBe(200)
  await expect.poll(async () => (await look(id)).status, { timeout: 10_000 }).toBe('confirmed')
})
