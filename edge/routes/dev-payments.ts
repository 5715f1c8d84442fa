import { forward } from '../reads/forward.ts'
import { route, type Route, type RouteGroup, TRAVELERS } from './route.ts'

const common = {
  method: 'POST',
  access: { roles: TRAVELERS, owned: 'booking' },
  flow: 'forward',
  parameters: ['bookingId'],
  problems: ['unknown_booking', 'not_found', 'not_yet_visible'],
  handle: forward,
} as const

const routes: readonly Route[] = [
  route({
    ...common,
    path: '/v1/dev/payments/:id/authenticate',
    operationId: 'authenticatePayment',
    summary: 'Authenticate a payment',
    description:
      'For a payment with the status `requires_action`; does nothing for another one. The result arrives by webhook.',
    responses: { 204: { description: 'The edge has the result.' } },
  }),
  route({
    ...common,
    path: '/v1/dev/payments/:id/decline',
    operationId: 'declinePayment',
    summary: 'Decline to authenticate a payment',
    description:
      'For a payment with the status `requires_action`; does nothing for another one. The booking fails with `authentication_failed`.',
    responses: { 204: { description: 'The edge has the result.' } },
  }),
]

export const devPayments: RouteGroup = {
  name: 'Development payments',
  description:
    'What a traveler does on the pages of a payment provider. Only with the embedded payment gateway (`BILLING=embedded`); with any other setting these routes return 404.',
  schemas: {},
  routes,
}
