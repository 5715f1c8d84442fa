import { forward } from '../reads/forward.ts'
import * as examples from '../reference/examples.ts'
import { Notification, NotificationPage, ReadAll } from '../reference/responses.ts'
import { EVENT_STREAM, STREAMING } from './events.ts'
import { EVERYONE, route, type Route } from './route.ts'

export const notifications: readonly Route[] = [
  route({
    method: 'GET',
    path: '/v1/notifications',
    access: { roles: EVERYONE },
    flow: 'read',
    group: 'Notifications',
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
    path: '/v1/notifications/stream',
    access: { roles: EVERYONE },
    flow: 'forward',
    group: 'Notifications',
    operationId: 'streamNotifications',
    summary: 'Stream notifications',
    description: STREAMING,
    parameters: ['lastEventId'],
    responses: { 200: EVENT_STREAM },
    problems: ['invalid_request'],
    handle: forward,
  }),
  route({
    method: 'POST',
    path: '/v1/notifications/read-all',
    access: { roles: EVERYONE },
    flow: 'forward',
    group: 'Notifications',
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
    group: 'Notifications',
    operationId: 'readNotification',
    summary: 'Mark a notification as read',
    description: 'Idempotent; no `Idempotency-Key` is needed.',
    parameters: ['notificationId', 'idempotencyKey'],
    responses: {
      200: {
        description: 'The notification.',
        schema: Notification,
        example: examples.readNotification,
        headers: ['Idempotency-Replayed'],
      },
    },
    problems: ['not_found', 'invalid_request', 'idempotency_key_reused'],
    handle: forward,
  }),
]
