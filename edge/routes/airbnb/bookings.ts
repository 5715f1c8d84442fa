import type { Context } from 'hono'
import { z } from 'zod'
import { Subject } from '#domain/actor.ts'
import type { PublicBooking } from '#domain/booking.ts'
import { Instant } from '#domain/civil.ts'
import { AirbnbRequest, decodeBody, encodeBooking } from '#domain/dialects/airbnb.ts'
import { Id } from '#domain/ids.ts'
import { type ChangedBooking, changeBooking } from '../../commands/change-booking.ts'
import { intentOf } from '../../commands/intent.ts'
import { requestBooking } from '../../commands/request-booking.ts'
import type { EdgeDeps, EdgeEnv } from '../../deps.ts'
import * as examples from '../../reference/examples.ts'
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

export const AirbnbBooking = z.strictObject({
  bookingId: z.string().describe('Id in the form of the document: the first 24 hex digits of `id`. Paths take either.'),
  propertyId: Id,
  propertyName: z.string().nullable().describe('Null if the listing could not be read.'),
  travelerId: Subject,
  ownerId: Subject.nullable(),
  checkIn: Instant.describe('Midnight at the start of the day, as in the document.'),
  checkOut: Instant.nullable(),
  guests: z.int(),
  totalPrice: z.number().nullable().describe('In major units, as in the document.'),
  status: z.enum(['PENDING', 'ACCEPTED', 'CANCELLED']),
  reason: z.string().nullable(),
  createdAt: Instant,
  updatedAt: Instant,
  id: Id,
}) satisfies z.ZodType<ReturnType<typeof encodeBooking>>

export const AirbnbBookings = z.strictObject({ bookings: z.array(AirbnbBooking), nextCursor: z.string().nullable() })

const request: z.input<typeof AirbnbRequest> = {
  propertyId: examples.villa.id,
  checkIn: examples.SPAN.checkIn,
  checkOut: examples.SPAN.checkOut,
  guests: 4,
  totalPrice: 1200,
}
/** `document` has the values of the document's message; its dates have passed, so it works only in development. */
const requests = {
  stay: request,
  document: { ...request, checkIn: '2025-12-01T00:00:00.000Z', checkOut: '2025-12-05T00:00:00.000Z' },
}
const ofVilla = (booking: PublicBooking) =>
  encodeBooking(
    { ...booking, listingId: examples.villa.id, guests: 4, price: { amount: 120_000, currency: 'USD' } },
    examples.villa.name,
  )
const pending = ofVilla(examples.pending)
const PAINTED = 'The villa is being painted'
const LEAKS = 'The roof leaks'

const LATER: ResponseDoc = { description: NOT_YET_DECIDED, schema: AirbnbBooking, example: pending }

/** The query API shows travelers the bookings they requested and owners the bookings of their listings. */
const list = {
  method: 'GET',
  flow: 'read',
  parameters: ['staysFrom', 'staysTo', 'sort', 'limit', 'cursor'],
  responses: {
    200: {
      description: 'The newest bookings, or the first ones by `sort`; with a cursor, the next page.',
      schema: AirbnbBookings,
      example: { bookings: [pending], nextCursor: null },
    },
  },
  problems: ['invalid_cursor'],
  async handle(c: Context<EdgeEnv>, { query }: EdgeDeps) {
    const { data, nextCursor } = await pageOf<PublicBooking>(query, c, '/v1/bookings', {}, ['from', 'to', 'sort'])
    return c.json({ bookings: await withNames(query, c, data), nextCursor })
  },
} as const

const decision = {
  method: 'PUT',
  access: { roles: MANAGERS, owned: 'booking' },
  flow: 'command',
  parameters: ['bookingId', 'ifMatch'],
  problems: NOT_DECIDED,
} as const

const decided = (description: string, example: object): Route['responses'] => ({
  200: { description, schema: AirbnbBooking, example },
  202: LATER,
})

const EITHER_ID = 'Takes the id of the document or the canonical id.'

/** The booking routes of airbnb's document, with its field names. */
export const bookingRoutes: readonly Route[] = [
  route({
    method: 'POST',
    path: '/api/travelers/bookings',
    access: { roles: TRAVELERS },
    flow: 'command',
    operationId: 'airbnbRequestBooking',
    summary: 'Request a booking of a property',
    description:
      'Like `POST /v1/bookings`. If the listing can be read, `totalPrice` is compared with the price; the response has the price.',
    body: { schema: AirbnbRequest, examples: requests },
    responses: {
      201: {
        description: 'The booking, pending; with `Prefer: wait` as it was decided.',
        schema: AirbnbBooking,
        example: pending,
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
    responses: decided('The accepted booking.', ofVilla(examples.confirmed)),
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
    body: reason(PAINTED),
    responses: decided('The rejected booking.', ofVilla({ ...examples.rejected, reason: PAINTED })),
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
    body: reason(LEAKS),
    responses: decided('The cancelled booking.', ofVilla({ ...examples.cancelled, reason: LEAKS })),
    async handle(c, deps, { reason }) {
      const cancel = { type: 'CancelBooking', reason } as const
      return answer(c, deps, await changeBooking(deps, await intentOf(c, deps), idIn(c), cancel))
    },
  }),
]

const answer = async (c: Context<EdgeEnv>, { query }: EdgeDeps, { booking, isPending }: ChangedBooking) =>
  c.json(encodeBooking(booking, await nameOf(query, c, booking.listingId)), isPending ? 202 : 200)
