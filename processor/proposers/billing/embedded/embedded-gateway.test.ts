import { randomUUID } from 'node:crypto'
import { afterEach, describe, expect, it } from 'vitest'
import { openEmbeddedStore } from '#store/embedded/embedded-store.ts'
import type { Store } from '#store/store.ts'
import { COLLECTIONS } from '../../../collections.ts'
import { describeGateway } from '../conformance/conformance.ts'
import type { Order } from '../gateway.ts'
import { createEmbeddedGateway, type EmbeddedGateway } from './embedded-gateway.ts'

const stores: Store[] = []
const webhooks: { bookingId: string; result: string; cause: string }[] = []

function open(): EmbeddedGateway {
  const store = openEmbeddedStore({ file: ':memory:', collections: COLLECTIONS })
  stores.push(store)
  return createEmbeddedGateway({
    store,
    authenticationUrl: (bookingId) => `http://localhost/${bookingId}`,
    sendWebhook: async ({ bookingId }, { result }, cause) => void webhooks.push({ bookingId, result, cause }),
  })
}

afterEach(async () => {
  await Promise.all(stores.splice(0).map((store) => store.close()))
})

describeGateway('embedded', open, {
  good: 'pm_card_visa',
  declined: 'pm_card_chargeDeclined',
  withoutFunds: 'pm_card_insufficientFunds',
  needsAction: 'pm_card_authenticationRequired',
  losesAnswers: 'pm_timeout',
  unknown: 'pm_unheard_of',
})

const order = (paymentMethod: string | null): Order => ({
  bookingId: randomUUID(),
  listingId: 'FLIGHT456',
  price: { amount: 45_000, currency: 'USD' },
  paymentMethod,
})

it('authorizes without a payment method', async () => {
  expect(await open().authorize(order(null), 'key')).toMatchObject({ result: 'authorized' })
})

it('never authorizes a booking twice, whatever the key (I13)', async () => {
  const [gateway, once] = [open(), order(null)]
  const first = await gateway.authorize(once, 'key')
  expect(await gateway.authorize(once, 'another key')).toStrictEqual(first)
})

it('sends a result twice', async () => {
  const twice = order('pm_duplicate_webhook')
  await open().authorize(twice, 'key')
  const sent = webhooks.filter(({ bookingId }) => bookingId === twice.bookingId)
  expect(sent).toEqual([1, 2].map(() => ({ bookingId: twice.bookingId, result: 'authorized', cause: 'key' })))
})

describe('the authentication', () => {
  it.each([
    [true, 'authorized', null],
    [false, 'failed', 'authentication_failed'],
  ])('has its result sent by webhook: %s', async (succeeds, status, reason) => {
    const [gateway, waiting] = [open(), order('pm_card_authenticationRequired')]
    await gateway.authorize(waiting, 'key')
    expect(await gateway.authenticate(waiting.bookingId, succeeds)).toBe(true)
    expect(await gateway.get(waiting.bookingId)).toMatchObject({ status, reason })
    // A repetition sends the same result again, whatever it asks for.
    expect(await gateway.authenticate(waiting.bookingId, !succeeds)).toBe(true)
    const sent = webhooks.filter(({ bookingId }) => bookingId === waiting.bookingId)
    expect(sent.map(({ result }) => result)).toEqual([status, status])
  })

  it('is refused if no payment waits for it', async () => {
    const [gateway, paid] = [open(), order(null)]
    await gateway.authorize(paid, 'key')
    expect(await gateway.authenticate(paid.bookingId, true)).toBe(false)
    expect(await gateway.authenticate(randomUUID(), true)).toBe(false)
  })

  it('comes too late after a void', async () => {
    const [gateway, waiting] = [open(), order('pm_card_authenticationRequired')]
    const { reference } = await gateway.authorize(waiting, 'key')
    await gateway.void(reference!, 'void')
    expect(await gateway.authenticate(waiting.bookingId, true)).toBe(false)
  })
})
