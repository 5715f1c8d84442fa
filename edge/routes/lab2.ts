import type { Context } from 'hono'
import { decodeBody, encodeBooking, encodeNotification, Lab2Request } from '#domain/dialects/lab2.ts'
import type { Notification } from '#domain/notification.ts'
import { changeBooking } from '../commands/change-booking.ts'
import { intentOf } from '../commands/intent.ts'
import { requestBooking } from '../commands/request-booking.ts'
import type { EdgeDeps, EdgeEnv } from '../deps.ts'
import * as examples from '../reference/examples.ts'
import { Lab2Booking, Lab2Notification, Lab2Notifications } from '../reference/responses.ts'
import { NOT_BOOKED, NOT_DECIDED, NOT_YET_DECIDED, THEN_CANCELLED } from './bookings.ts'
import { EVERYONE, idIn, MANAGERS, route, type Route, TRAVELERS } from './route.ts'

/** The document has no pages, so its list is the first page. */
const NOTIFICATIONS = '/v1/notifications?limit=100'

const ask = <T>(c: Context<EdgeEnv>, { query }: EdgeDeps, method: 'GET' | 'POST', path: string): Promise<T> =>
  query.ask<T>(method, path, c.req.header('Authorization') ?? '')

/** POST and PUT do the same. */
const markRead = {
  path: '/api/notifications/:id/read',
  access: { roles: EVERYONE, owned: 'notification' },
  flow: 'forward',
  group: 'Lab2',
  description: 'Idempotent; no `Idempotency-Key` is needed.',
  parameters: ['notificationId'],
  responses: {
    200: {
      description: 'The notification.',
      schema: Lab2Notification,
      example: { ...examples.lab2Notification, read: true },
    },
  },
  problems: ['not_found'],
  async handle(c: Context<EdgeEnv>, deps: EdgeDeps) {
    const path = `/v1/notifications/${encodeURIComponent(idIn(c))}/read`
    return c.json(encodeNotification(await ask<Notification>(c, deps, 'POST', path)))
  },
} as const

/** The routes of lab2's document, with its field names. */
export const lab2: readonly Route[] = [
  route({
    method: 'POST',
    path: '/api/bookings',
    access: { roles: TRAVELERS },
    flow: 'command',
    group: 'Lab2',
    operationId: 'lab2RequestBooking',
    summary: 'Request a booking, as a guest',
    description: 'Like `POST /v1/bookings`, for listings with a check-out.',
    body: { schema: Lab2Request, examples: examples.lab2Requests },
    responses: {
      201: {
        description: 'The booking, pending; with `Prefer: wait` as it was decided.',
        schema: Lab2Booking,
        example: examples.lab2Pending,
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
    group: 'Lab2',
    operationId: 'lab2AcceptBooking',
    summary: 'Accept a booking, as a host',
    description: `Like \`POST /v1/bookings/{id}/accept\`. ${THEN_CANCELLED}`,
    parameters: ['bookingId', 'ifMatch'],
    responses: {
      200: { description: 'The accepted booking.', schema: Lab2Booking, example: examples.lab2Confirmed },
      202: { description: NOT_YET_DECIDED, schema: Lab2Booking, example: examples.lab2Pending },
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
    group: 'Lab2',
    operationId: 'lab2ListNotifications',
    summary: 'List notifications, as a guest or host',
    responses: {
      200: {
        description: 'The newest notifications, at most 100.',
        schema: Lab2Notifications,
        example: { notifications: [examples.lab2Notification], unread_count: 1 },
      },
    },
    async handle(c, deps) {
      const list = (path: string) => ask<{ data: Notification[] }>(c, deps, 'GET', path)
      const [all, unread] = await Promise.all([list(NOTIFICATIONS), list(`${NOTIFICATIONS}&unread=true`)])
      return c.json({ notifications: all.data.map(encodeNotification), unread_count: unread.data.length })
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
