/** One suite for every driver of the payment gateway: it checks the promises of `gateway.ts`. */
import { randomUUID } from 'node:crypto'
import { beforeEach, describe, expect, test } from 'vitest'
import type { Gateway, Order } from '../gateway.ts'

/** What the driver under test calls the payment methods of the suite. */
export interface TestMethods {
  good: string
  declined: string
  withoutFunds: string
  needsAction: string
  /** The first answers to its authorization are lost. */
  losesAnswers: string
  unknown: string
}

/** A price whose capture fails, in minor units. */
const LATE_FAILURE = 40_013

export const describeGateway = (name: string, open: () => Gateway | Promise<Gateway>, methods: TestMethods): void => {
  describe(`the ${name} payment gateway`, () => {
    let gateway: Gateway
    beforeEach(async () => {
      gateway = await open()
    })

    const orderBy = (paymentMethod: string | null, amount = 45_000): Order => ({
      bookingId: randomUUID(),
      listingId: 'FLIGHT456',
      price: { amount, currency: 'USD' },
      paymentMethod,
    })
    const keyOf = ({ bookingId }: Order, operation: string): string => `${bookingId}:${operation}`
    const authorize = (order: Order) => gateway.authorize(order, keyOf(order, 'authorize'))

    async function authorized(amount?: number): Promise<{ order: Order; reference: string }> {
      const order = orderBy(methods.good, amount)
      const { reference } = await authorize(order)
      return { order, reference: reference! }
    }

    async function captured() {
      const payment = await authorized()
      await gateway.capture(payment.reference, keyOf(payment.order, 'capture'))
      return payment
    }

    describe('an authorization', () => {
      test('sets the price aside and names the payment', async () => {
        const order = orderBy(methods.good)
        const report = await authorize(order)
        expect(report).toMatchObject({ result: 'authorized', reference: expect.any(String), reason: null })
        expect(await gateway.get(order.bookingId)).toStrictEqual({
          reference: report.reference,
          status: 'authorized',
          captured: 0,
          refunded: 0,
          reason: null,
        })
      })

      test.each([
        ['declined', 'payment_declined'],
        ['withoutFunds', 'insufficient_funds'],
        ['unknown', 'payment_method_missing'],
      ] as const)('that is refused is a result: %s', async (method, reason) => {
        const order = orderBy(methods[method])
        expect(await authorize(order)).toMatchObject({ result: 'failed', reason })
        expect((await gateway.get(order.bookingId))?.status ?? 'failed').toBe('failed')
      })

      test('may need an action of the traveler', async () => {
        const order = orderBy(methods.needsAction)
        const report = await authorize(order)
        expect(report).toMatchObject({ result: 'requires_action', nextAction: expect.stringMatching(/^https?:/) })
        expect(await gateway.get(order.bookingId)).toMatchObject({ status: 'requires_action' })
      })

      test('happens once with a key, also if it is asked for several times at once', async () => {
        const order = orderBy(methods.good)
        const reports = await Promise.all([authorize(order), authorize(order), authorize(order)])
        reports.push(await authorize(order))
        for (const report of reports) expect(report).toStrictEqual(reports[0])
      })

      test('whose answer is lost is found by another call with its key', async () => {
        const order = orderBy(methods.losesAnswers)
        await expect(authorize(order)).rejects.toMatchObject({ name: 'GatewayError', code: 'unknown' })
        await expect.poll(() => authorize(order).catch(() => undefined)).toMatchObject({ result: 'authorized' })
        expect(await gateway.get(order.bookingId)).toMatchObject({ status: 'authorized' })
      })
    })

    describe('a capture', () => {
      test('takes the price once', async () => {
        const { order, reference } = await authorized()
        const report = await gateway.capture(reference, keyOf(order, 'capture'))
        expect(report).toMatchObject({ result: 'captured', reference })
        expect(await gateway.capture(reference, keyOf(order, 'capture'))).toStrictEqual(report)
        expect(await gateway.get(order.bookingId)).toMatchObject({ status: 'captured', captured: 45_000, refunded: 0 })
      })

      test('may fail', async () => {
        const { order, reference } = await authorized(LATE_FAILURE)
        expect(await gateway.capture(reference, keyOf(order, 'capture'))).toMatchObject({ result: 'failed' })
        expect(await gateway.get(order.bookingId)).toMatchObject({ captured: 0 })
      })

      test('fails without an authorization', async () => {
        const order = orderBy(methods.needsAction)
        const { reference } = await authorize(order)
        expect(await gateway.capture(reference!, keyOf(order, 'capture'))).toMatchObject({ result: 'failed' })
        expect(await gateway.get(order.bookingId)).toMatchObject({ captured: 0 })
      })
    })

    describe('a void', () => {
      test('gives an authorization back, so that it cannot be captured', async () => {
        const { order, reference } = await authorized()
        const report = await gateway.void(reference, keyOf(order, 'void'))
        expect(report).toMatchObject({ result: 'voided', reference })
        expect(await gateway.void(reference, keyOf(order, 'void'))).toStrictEqual(report)
        expect(await gateway.capture(reference, keyOf(order, 'capture'))).toMatchObject({ result: 'failed' })
        expect(await gateway.get(order.bookingId)).toMatchObject({ status: 'voided', captured: 0 })
      })

      test('gives up a payment that waits for the traveler', async () => {
        const order = orderBy(methods.needsAction)
        const { reference } = await authorize(order)
        expect(await gateway.void(reference!, keyOf(order, 'void'))).toMatchObject({ result: 'voided' })
      })

      test('leaves what was taken, and says so', async () => {
        const { order, reference } = await captured()
        expect(await gateway.void(reference, keyOf(order, 'void'))).toMatchObject({ result: 'captured' })
        expect(await gateway.get(order.bookingId)).toMatchObject({ status: 'captured', captured: 45_000, refunded: 0 })
      })
    })

    describe('a refund', () => {
      test('gives a part back, once', async () => {
        const { order, reference } = await captured()
        const report = await gateway.refund(reference, 20_000, keyOf(order, 'refund'))
        expect(report).toMatchObject({ result: 'refunded', amount: 20_000 })
        expect(await gateway.refund(reference, 20_000, keyOf(order, 'refund'))).toStrictEqual(report)
        expect(await gateway.get(order.bookingId)).toMatchObject({ captured: 45_000, refunded: 20_000 })
      })

      test('never exceeds what was taken (I13)', async () => {
        const { order, reference } = await captured()
        await gateway.refund(reference, 30_000, keyOf(order, 'refund'))
        expect(await gateway.refund(reference, 30_000, keyOf(order, 'another'))).toMatchObject({ result: 'failed' })
        expect(await gateway.get(order.bookingId)).toMatchObject({ captured: 45_000, refunded: 30_000 })
      })
    })

    test('an operation on an unknown payment fails', async () => {
      expect(await gateway.capture('pi_unknown', 'a:capture')).toMatchObject({ result: 'failed' })
      expect(await gateway.get(randomUUID())).toBeUndefined()
    })
  })
}
