import { z } from 'zod'
import { WebhookEvent } from '#domain/stripe.ts'
import { recordPayment } from '../commands/record-payment.ts'
import * as examples from '../reference/examples.ts'
import { route, type Route, type RouteGroup } from './route.ts'

const WebhookReceipt = z.strictObject({
  recorded: z.boolean().describe('Whether the log has the result; `false` for an event that is not about a booking.'),
})

const captured = {
  id: 'evt_3QK1xY2eZvKYlo2C0a1b2c3d',
  type: 'payment_intent.succeeded',
  data: {
    object: {
      id: 'pi_3QK1xY2eZvKYlo2C0z9y8x7w',
      status: 'succeeded',
      metadata: { bookingId: examples.BOOKING_ID, listingId: examples.LISTING_ID },
    },
  },
}

const routes: readonly Route[] = [
  route({
    method: 'POST',
    path: '/v1/payments/webhook',
    access: 'public',
    flow: 'webhook',
    operationId: 'receivePaymentWebhook',
    summary: 'Receive a webhook of the payment provider',
    description:
      'Takes events in the shape of Stripe, signed with the secret of the endpoint. An event about the payment of a booking becomes a command; other events are ignored. Idempotent by the id of the event. After a 503 the provider sends the event again.',
    body: { schema: WebhookEvent, examples: { captured } },
    responses: {
      200: {
        description: 'The log has the result, or the event is ignored.',
        schema: WebhookReceipt,
        example: { recorded: true },
      },
    },
    async handle(c, deps, event) {
      return c.json({ recorded: await recordPayment(deps, event, c.get('trace'), c.req.raw.signal) })
    },
  }),
]

export const payments: RouteGroup = {
  name: 'Payments',
  description: 'Results that the payment provider reports.',
  schemas: { WebhookEvent, WebhookReceipt },
  routes,
}
