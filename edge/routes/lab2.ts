import type { Context } from 'hono'
import { z } from 'zod'
import { Subject } from '#domain/actor.ts'
import { CivilDate, Instant } from '#domain/civil.ts'
import { decodeBody, encodeBooking, encodeNotification, Lab2Request } from '#domain/dialects/lab2.ts'
import { BOOKING_EVENTS } from '#domain/event.ts'
import { Id } from '#domain/ids.ts'
import type { Notification } from '#domain/notification.ts'
import { changeBooking } from '../commands/change-booking.ts'
import { intentOf } from '../commands/intent.ts'
import { requestBooking } from '../commands/request-booking.ts'
import type { EdgeDeps, EdgeEnv } from '../deps.ts'
import { callerOf } from '../reads/query-client.ts'
import * as examples from '../reference/examples.ts'
import { NOT_BOOKED, NOT_DECIDED, NOT_YET_DECIDED, THEN_CANCELLED } from './bookings.ts'
import { EVERYONE, idIn, MANAGERS, route, type Route, type RouteGroup, TRAVELERS } from './route.ts'

const Lab2Booking = z.strictObject({
  booking_id: Id,
  listing_id: Id,
  guest_id: Subject,
  host_id: Subject.nullable(),
  check_in: CivilDate,
  check_out: CivilDate.nullable(),
  total_price: z.number().nullable().describe('In major units, as in the document.'),
  status: z.enum(['pending', 'confirmed', 'cancelled']),
  message: z.string().nullable(),
  metadata: z.strictObject({ guest_count: z.int(), special_requests: z.string() }),
  created_at: Instant,
  updated_at: Instant,
}) satisfies z.ZodType<ReturnType<typeof encodeBooking>>

const Lab2Notification = z.strictObject({
  id: z.string(),
  booking_id: Id,
  type: z.enum(BOOKING_EVENTS),
  title: z.string(),
  message: z.string(),
  read: z.boolean(),
  created_at: Instant,
}) satisfies z.ZodType<ReturnType<typeof encodeNotification>>

const Lab2Notifications = z.strictObject({
  notifications: z.array(Lab2Notification),
  unread_count: z.int().describe('Of all notifications, also those that are not in the list.'),
})

const request: z.input<typeof Lab2Request> = {
  listing_id: examples.LISTING_ID,
  check_in: examples.SPAN.checkIn,
  check_out: examples.SPAN.checkOut,
  guest_count: 2,
}
/** `document` is the body of the document's curl; its dates have passed, so it works only in development. */
const requests = {
  stay: request,
  document: { ...request, check_in: '2025-12-01', check_out: '2025-12-05' },
}
const pending = encodeBooking(examples.pending)
const notification = encodeNotification(examples.notification)

/** The document has no pages, so its list is the first page. */
const NOTIFICATIONS = '/v1/notifications?limit=100'

const ask = <T>(c: Context<EdgeEnv>, { query }: EdgeDeps, method: 'GET' | 'POST', path: string): Promise<T> =>
  query.ask<T>(method, path, callerOf(c))

/** POST and PUT do the same. */
const markRead = {
  path: '/api/notifications/:id/read',
  access: { roles: EVERYONE, owned: 'notification' },
  flow: 'forward',
  description: 'Idempotent; no `Idempotency-Key` is needed.',
  parameters: ['notificationId'],
  responses: {
    200: {
      description: 'The notification.',
      schema: Lab2Notification,
      example: { ...notification, read: true },
    },
  },
  problems: ['not_found'],
  async handle(c: Context<EdgeEnv>, deps: EdgeDeps) {
    const path = `/v1/notifications/${encodeURIComponent(idIn(c))}/read`
    return c.json(encodeNotification(await ask<Notification>(c, deps, 'POST', path)))
  },
} as const

const routes: readonly Route[] = [
  route({
    method: 'POST',
    path: '/api/bookings',
    access: { roles: TRAVELERS },
    flow: 'command',
    operationId: 'lab2RequestBooking',
    summary: 'Request a booking, as a guest',
    description: 'Like `POST /v1/bookings`, for listings with a check-out.',
    body: { schema: Lab2Request, examples: requests },
    responses: {
      201: {
        description: 'The booking, pending; with `Prefer: wait` as it was decided.',
        schema: Lab2Booking,
        example: pending,
        headers: ['Location'],
      },
    },
    problems: NOT_BOOKED,
    async handle(c, deps, request) {
      const { booking } = await requestBooking(deps, await intentOf(c, deps), decodeBody(request), 'lab2')
      return c.json(encodeBooking(booking), 201, { Location: `/v1/bookings/${booking.id}` })
    },
  }),
  route({
    method: 'POST',
    path: '/api/bookings/:id/accept',
    access: { roles: MANAGERS, owned: 'booking' },
    flow: 'command',
    operationId: 'lab2AcceptBooking',
    summary: 'Accept a booking, as a host',
    description: `Like \`POST /v1/bookings/{id}/accept\`. ${THEN_CANCELLED}`,
    parameters: ['bookingId', 'ifMatch'],
    responses: {
      200: { description: 'The accepted booking.', schema: Lab2Booking, example: encodeBooking(examples.confirmed) },
      202: { description: NOT_YET_DECIDED, schema: Lab2Booking, example: pending },
    },
    problems: NOT_DECIDED,
    async handle(c, deps) {
      const accept = { type: 'AcceptBooking' } as const
      const { booking, isPending } = await changeBooking(deps, await intentOf(c, deps), idIn(c), accept)
      return c.json(encodeBooking(booking), isPending ? 202 : 200)
    },
  }),
  route({
    method: 'GET',
    path: '/api/notifications',
    access: { roles: EVERYONE },
    flow: 'forward',
    operationId: 'lab2ListNotifications',
    summary: 'List notifications, as a guest or host',
    responses: {
      200: {
        description: 'The newest notifications, at most 100.',
        schema: Lab2Notifications,
        example: { notifications: [notification], unread_count: 1 },
      },
    },
    async handle(c, deps) {
      const [{ data }, { unread }] = await Promise.all([
        ask<{ data: Notification[] }>(c, deps, 'GET', NOTIFICATIONS),
        ask<{ unread: number }>(c, deps, 'GET', '/v1/notifications/unread-count'),
      ])
      return c.json({ notifications: data.map(encodeNotification), unread_count: unread })
    },
  }),
  route({
    ...markRead,
    method: 'POST',
    operationId: 'lab2ReadNotification',
    summary: 'Mark a notification as read, with POST',
  }),
  route({
    ...markRead,
    method: 'PUT',
    operationId: 'lab2PutNotificationRead',
    summary: 'Mark a notification as read, with PUT',
  }),
]

export const lab2: RouteGroup = {
  name: 'Lab2',
  description: 'The routes of the design document lab2, with its field names.',
  schemas: { Lab2BookingRequest: Lab2Request, Lab2Booking, Lab2Notification, Lab2Notifications },
  routes,
}
