import { z } from 'zod'
import { Subject } from '#domain/actor.ts'
import { Instant } from '#domain/civil.ts'
import { BOOKING_EVENTS } from '#domain/event.ts'
import { Id } from '#domain/ids.ts'
import type { Notification as PublicNotification } from '#domain/notification.ts'
import { forward } from '../reads/forward.ts'
import * as examples from '../reference/examples.ts'
import { pageOf } from '../reference/responses.ts'
import { EVENT_STREAM, STREAMING } from './events.ts'
import { EVERYONE, route, type Route, type RouteGroup } from './route.ts'

const Notification = z.strictObject({
  id: z.string(),
  userId: Subject,
  bookingId: Id,
  listingId: Id,
  type: z.enum(BOOKING_EVENTS),
  title: z.string(),
  body: z.string(),
  createdAt: Instant,
  readAt: Instant.nullable().describe('Null until the notification is read.'),
}) satisfies z.ZodType<PublicNotification>
const NotificationPage = pageOf(Notification)

const UnreadCount = z.strictObject({ unread: z.int() })

const ReadAll = z.strictObject({
  read: z.int().describe('Number of notifications marked.'),
  more: z.boolean().describe('`true`: more notifications are unread; repeat the request.'),
})

const readNotification: PublicNotification = { ...examples.notification, readAt: '2030-11-21T12:30:00.000Z' }

const routes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/v1/notifications',
    access: { roles: EVERYONE },
    flow: 'read',
    operationId: 'listNotifications',
    summary: 'List notifications, newest first',
    parameters: ['unread', 'limit', 'cursor'],
    responses: {
      200: {
        description: 'One page of notifications.',
        schema: NotificationPage,
        example: examples.pageOf(examples.notification),
        headers: ['Link'],
      },
    },
    problems: ['invalid_cursor'],
    handle: forward,
  }),
  route({
    method: 'GET',
    path: '/v1/notifications/unread-count',
    access: { roles: EVERYONE },
    flow: 'read',
    operationId: 'countUnreadNotifications',
    summary: 'Count unread notifications',
    responses: {
      200: { description: 'The number of all unread notifications.', schema: UnreadCount, example: { unread: 3 } },
    },
    handle: forward,
  }),
  route({
    method: 'GET',
    path: '/v1/notifications/stream',
    access: { roles: EVERYONE },
    flow: 'forward',
    operationId: 'streamNotifications',
    summary: 'Stream notifications',
    description: STREAMING,
    parameters: ['lastEventId'],
    responses: { 200: EVENT_STREAM },
    problems: ['overloaded'],
    handle: forward,
  }),
  route({
    method: 'POST',
    path: '/v1/notifications/read-all',
    access: { roles: EVERYONE },
    flow: 'forward',
    operationId: 'readAllNotifications',
    summary: 'Mark all notifications as read',
    description:
      'Marks all current notifications as read, up to 500 at a time. A replay with the same `Idempotency-Key` does not affect newer ones.',
    parameters: ['idempotencyKey'],
    responses: {
      200: {
        description: 'How many notifications were marked.',
        schema: ReadAll,
        example: { read: 3, more: false },
        headers: ['Idempotency-Replayed'],
      },
    },
    problems: ['invalid_request', 'idempotency_key_reused'],
    handle: forward,
  }),
  route({
    method: 'POST',
    path: '/v1/notifications/:id/read',
    access: { roles: EVERYONE, owned: 'notification' },
    flow: 'forward',
    operationId: 'readNotification',
    summary: 'Mark a notification as read',
    description: 'Idempotent; no `Idempotency-Key` is needed.',
    parameters: ['notificationId', 'idempotencyKey'],
    responses: {
      200: {
        description: 'The notification.',
        schema: Notification,
        example: readNotification,
        headers: ['Idempotency-Replayed'],
      },
    },
    problems: ['not_found', 'invalid_request', 'idempotency_key_reused'],
    handle: forward,
  }),
]

export const notifications: RouteGroup = {
  name: 'Notifications',
  description: "The caller's notifications.",
  schemas: { UnreadCount, Notification, NotificationPage, ReadAll },
  routes,
}
