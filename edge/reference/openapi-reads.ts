import { BOOKING_PROBLEMS } from '#domain/problems.ts'
import * as answers from './responses.ts'
import type { RouteDoc } from './openapi-describe.ts'
import * as examples from './examples.ts'

const STREAM = { says: 'Events, as they happen.', text: ['text/event-stream'] } as const

const STREAMING =
  'Server-sent events. Each `id` is where the log was read up to, so `Last-Event-ID` goes on without a gap. There is a heartbeat, and after some minutes an end: come back after `retry`. Read it with `fetch`; an EventSource of a browser cannot send a token.'

const LAB2_READ = {
  group: 'Lab2',
  description: 'Once is enough; more often changes nothing, so that no key is needed.',
  kind: 'ask',
  takes: ['notificationId'],
  answers: {
    200: {
      says: 'The notification.',
      schema: answers.Lab2Notification,
      example: { ...examples.lab2Notification, read: true },
    },
  },
  problems: ['not_found'],
} as const

export const READS = {
  'GET /v1/notifications': {
    group: 'Notifications',
    operationId: 'listNotifications',
    summary: 'Notifications, newest first',
    kind: 'read',
    takes: ['unread', 'limit', 'cursor'],
    answers: {
      200: {
        says: 'A page of them.',
        schema: answers.NotificationPage,
        example: examples.pageOf(examples.notification),
        headers: ['Link'],
      },
    },
    problems: ['invalid_cursor'],
  },
  'POST /v1/notifications/:id/read': {
    group: 'Notifications',
    operationId: 'readNotification',
    summary: 'Mark a notification as read',
    description: 'Once is enough; more often changes nothing, with a key or without.',
    kind: 'ask',
    takes: ['notificationId', 'idempotencyKey'],
    answers: {
      200: {
        says: 'The notification.',
        schema: answers.Notification,
        example: examples.readNotification,
        headers: ['Idempotency-Replayed'],
      },
    },
    problems: ['not_found', 'invalid_request', 'idempotency_key_reused'],
  },
  'POST /v1/notifications/read-all': {
    group: 'Notifications',
    operationId: 'readAllNotifications',
    summary: 'Mark all notifications as read',
    description: 'Those that there are by now. Repeated with its key it leaves unread what has come since.',
    kind: 'ask',
    takes: ['idempotencyKey'],
    answers: {
      200: {
        says: 'How many were marked.',
        schema: answers.ReadAll,
        example: { read: 3, more: false },
        headers: ['Idempotency-Replayed'],
      },
    },
    problems: ['invalid_request', 'idempotency_key_reused'],
  },
  'GET /v1/notifications/stream': {
    group: 'Notifications',
    operationId: 'streamNotifications',
    summary: 'Notifications, as they come',
    description: STREAMING,
    kind: 'ask',
    takes: ['lastEventId'],
    answers: { 200: STREAM },
    problems: ['invalid_request'],
  },

  'GET /v1/analytics/summary': {
    group: 'Analytics',
    operationId: 'readSummary',
    summary: 'A range of days, summed up',
    kind: 'read',
    takes: ['from', 'to'],
    answers: { 200: { says: 'The sums.', schema: answers.Summary, example: examples.summary } },
    problems: ['invalid_dates'],
  },
  'GET /v1/analytics/timeseries': {
    group: 'Analytics',
    operationId: 'readTimeseries',
    summary: 'A range of days, one by one',
    kind: 'read',
    takes: ['from', 'to', 'interval', 'groupBy'],
    answers: { 200: { says: 'A row for each day and group.', schema: answers.Series, example: examples.series } },
    problems: ['invalid_dates'],
  },

  'GET /v1/events/stream': {
    group: 'Events',
    operationId: 'streamEvents',
    summary: 'Every event, as it is recorded',
    description: STREAMING,
    kind: 'ask',
    takes: ['lastEventId'],
    answers: { 200: STREAM },
    problems: ['invalid_request'],
  },

  'GET /api/notifications': {
    group: 'Lab2',
    operationId: 'lab2ListNotifications',
    summary: 'What a guest or host is told',
    kind: 'ask',
    answers: {
      200: {
        says: 'At most a hundred of them.',
        schema: answers.Lab2Notifications,
        example: { notifications: [examples.lab2Notification], unread_count: 1 },
      },
    },
  },
  'POST /api/notifications/:id/read': {
    ...LAB2_READ,
    operationId: 'lab2ReadNotification',
    summary: 'Mark it as read',
  },
  'PUT /api/notifications/:id/read': {
    ...LAB2_READ,
    operationId: 'lab2PutNotificationRead',
    summary: 'Mark it as read, by PUT',
  },
} as const satisfies Record<string, RouteDoc>

const PROBLEM = { type: '/problems/dates_unavailable', ...BOOKING_PROBLEMS.dates_unavailable }

export const META = {
  'GET /healthz': {
    group: 'Meta',
    operationId: 'health',
    summary: 'Whether it is alive',
    kind: 'open',
    answers: { 200: { says: 'It is.', schema: answers.Health, example: { status: 'ok' } } },
  },
  'GET /readyz': {
    group: 'Meta',
    operationId: 'readiness',
    summary: 'Whether it can take bookings',
    kind: 'open',
    answers: {
      200: { says: 'It can.', schema: answers.Health, example: { status: 'ok' } },
      503: {
        says: 'It cannot, and says why.',
        schema: answers.Health,
        example: { status: 'unavailable', faults: ['the proxy or its log does not answer'] },
      },
    },
  },
  'GET /': {
    group: 'Meta',
    operationId: 'home',
    summary: 'For whoever knows no more than where it is',
    kind: 'open',
    answers: { 302: { says: 'This description, for people.', headers: ['Location'] } },
  },
  'GET /openapi.json': {
    group: 'Meta',
    operationId: 'openapi',
    summary: 'This description, for programs',
    kind: 'open',
    answers: { 200: { says: 'OpenAPI 3.1.', text: ['application/json'] } },
  },
  'GET /docs': {
    group: 'Meta',
    operationId: 'docs',
    summary: 'This description, for people',
    kind: 'open',
    answers: { 200: { says: 'One page, which needs nothing else.', text: ['text/html'] } },
  },
  'GET /problems': {
    group: 'Meta',
    operationId: 'listProblems',
    summary: 'Every problem there is',
    kind: 'open',
    answers: {
      200: {
        says: 'A page for whoever accepts `text/html`, else JSON.',
        schema: answers.ProblemList,
        example: { data: [PROBLEM] },
        text: ['text/html'],
      },
    },
  },
  'GET /problems/:code': {
    group: 'Meta',
    operationId: 'readProblem',
    summary: 'What a problem means, and what to do about it',
    kind: 'open',
    takes: ['code'],
    answers: {
      200: {
        says: 'A page for whoever accepts `text/html`, else JSON.',
        schema: answers.ProblemPage,
        example: PROBLEM,
        text: ['text/html'],
      },
    },
    problems: ['not_found'],
  },
} as const satisfies Record<string, RouteDoc>
