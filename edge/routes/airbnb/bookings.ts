import type { Context } from 'hono'
import type { PublicBooking } from '#domain/booking.ts'
import { AirbnbRequest, decodeBody, encodeBooking } from '#domain/dialects/airbnb.ts'
import { type ChangedBooking, changeBooking } from '../../commands/change-booking.ts'
import { intentOf } from '../../commands/intent.ts'
import { requestBooking } from '../../commands/request-booking.ts'
import type { EdgeDeps, EdgeEnv } from '../../deps.ts'
import * as examples from '../../reference/examples.ts'
import { AirbnbBooking, AirbnbBookings } from '../../reference/responses.ts'
import { nameOf, pageOf, withNames } from './reads.ts'
import {
  CANCELS_CONFIRMED,
  NOT_BOOKED,
  NOT_DECIDED,
  NOT_YET_DECIDED,
  reason,
  THEN_CANCELLED,
  WAITS,
} from '../bookings.ts'
import { idIn, MANAGERS, type ResponseDoc, route, type Route, TRAVELERS } from '../route.ts'

const LATER: ResponseDoc = { description: NOT_YET_DECIDED, schema: AirbnbBooking, example: examples.airbnbPending }

/** The query API shows travelers the bookings they requested and owners the bookings of their listings. */
const list = {
  method: 'GET',
  flow: 'read',
  group: 'Airbnb',
  parameters: ['limit', 'cursor'],
  responses: {
    200: {
      description: 'The newest bookings; with a cursor, the next page.',
      schema: AirbnbBookings,
      example: { bookings: [examples.airbnbPending], nextCursor: null },
    },
  },
  problems: ['invalid_cursor'],
  async handle(c: Context<EdgeEnv>, { query }: EdgeDeps) {
    const { data, nextCursor } = await pageOf<PublicBooking>(query, c, '/v1/bookings', {})
    return c.json({ bookings: await withNames(query, c, data), nextCursor })
  },
} as const

const decision = {
  method: 'PUT',
  access: { roles: MANAGERS, owned: 'booking' },
  flow: 'command',
  group: 'Airbnb',
  parameters: ['bookingId', 'ifMatch'],
  problems: NOT_DECIDED,
} as const

const decided = (description: string, example: object): Route['responses'] => ({
  200: { description, schema: AirbnbBooking, example },
  202: LATER,
})

const EITHER_ID = 'Takes the id of the document or the canonical id.'

/** The booking routes of airbnb's document, with its field names. */
export const airbnb: readonly Route[] = [
  route({
    method: 'POST',
    path: '/api/travelers/bookings',
    access: { roles: TRAVELERS },
    flow: 'command',
    group: 'Airbnb',
    operationId: 'airbnbRequestBooking',
    summary: 'Request a booking of a property',
    description:
      'Like `POST /v1/bookings`. If the listing can be read, `totalPrice` is compared with the price; the response has the price.',
    body: { schema: AirbnbRequest, examples: examples.airbnbRequests },
    responses: {
      201: {
        description: 'The booking, pending; with `Prefer: wait` as it was decided.',
        schema: AirbnbBooking,
        example: examples.airbnbPending,
        headers: ['Location'],
      },
      202: { ...LATER, headers: ['Location'] },
    },
    problems: NOT_BOOKED,
    async handle(c, deps, { totalPrice, ...request }) {
      const intent = await intentOf(c, deps)
      const name = nameOf(deps.query, c, request.propertyId)
      const { booking, isPending } = await requestBooking(deps, intent, decodeBody(request), 'airbnb', totalPrice)
      const headers = { Location: `/v1/bookings/${booking.id}` }
      return c.json(encodeBooking(booking, await name), isPending ? 202 : 201, headers)
    },
  }),
  route({
    ...list,
    path: '/api/travelers/bookings',
    access: { roles: TRAVELERS },
    operationId: 'airbnbListTravelersBookings',
    summary: 'List the bookings of a traveler',
  }),
  route({
    ...list,
    path: '/api/owners/bookings',
    access: { roles: MANAGERS },
    operationId: 'airbnbListOwnersBookings',
    summary: 'List the bookings of an owner',
    description: 'Admins see every booking.',
  }),
  route({
    ...decision,
    path: '/api/owners/bookings/:id/approve',
    operationId: 'airbnbApproveBooking',
    summary: 'Approve a booking',
    description: `${EITHER_ID} ${WAITS} ${THEN_CANCELLED}`,
    responses: decided('The accepted booking.', examples.airbnbAccepted),
    async handle(c, deps) {
      const accept = { type: 'AcceptBooking' } as const
      return answer(c, deps, await changeBooking(deps, await intentOf(c, deps), idIn(c), accept))
    },
  }),
  route({
    ...decision,
    path: '/api/owners/bookings/:id/reject',
    operationId: 'airbnbRejectBooking',
    summary: 'Reject a booking of a property',
    description: `${EITHER_ID} ${WAITS}`,
    body: reason('The villa is being painted'),
    responses: decided('The rejected booking.', examples.airbnbRejected),
    async handle(c, deps, { reason }) {
      const reject = { type: 'RejectBooking', reason } as const
      return answer(c, deps, await changeBooking(deps, await intentOf(c, deps), idIn(c), reject))
    },
  }),
  route({
    ...decision,
    path: '/api/owners/bookings/:id/cancel',
    operationId: 'airbnbCancelBooking',
    summary: 'Cancel a booking, as its owner',
    description: `${EITHER_ID} ${WAITS} ${CANCELS_CONFIRMED}`,
    body: reason('The roof leaks'),
    responses: decided('The cancelled booking.', examples.airbnbCancelled),
    async handle(c, deps, { reason }) {
      const cancel = { type: 'CancelBooking', reason } as const
      return answer(c, deps, await changeBooking(deps, await intentOf(c, deps), idIn(c), cancel))
    },
  }),
]

const answer = async (c: Context<EdgeEnv>, { query }: EdgeDeps, { booking, isPending }: ChangedBooking) =>
  c.json(encodeBooking(booking, await nameOf(query, c, booking.listingId)), isPending ? 202 : 200)
