import { z } from 'zod'
import { Role, Subject } from '#domain/actor.ts'
import { Status } from '#domain/booking.ts'
import { CivilDate } from '#domain/civil.ts'
import { Id } from '#domain/ids.ts'
import { Kind } from '#domain/kinds.ts'
import { IDEMPOTENCY_KEY } from '#platform/idempotency-key.ts'
import { WEBHOOK_SIGNATURE } from '#platform/webhook-signature.ts'
import { PROBLEM_CODES } from '../problem-types.ts'
import { BLOCK_ID, BOOKING_ID, FEED_TOKEN, LISTING_ID, NOTIFICATION_ID, SPAN } from './examples.ts'
import { inline } from './schemas.ts'
import type { Header, Parameter } from './document.ts'

const parameter =
  (where: Parameter['in'], required: boolean) =>
  (name: string, schema: z.ZodType, description: string, example?: string): Parameter => ({
    name,
    in: where,
    description,
    required,
    schema: inline(schema),
    ...(example !== undefined && { example }),
  })

const path = parameter('path', true)
const query = parameter('query', false)
const needed = parameter('query', true)
const header = parameter('header', false)

const Key = z.string().regex(IDEMPOTENCY_KEY)
const Condition = z.string()

export const PARAMETERS = {
  bookingId: path('id', Id, 'Id of the booking.', BOOKING_ID),
  listingId: path('id', Id, 'Id of the listing.', LISTING_ID),
  blockId: path('blockId', Id, 'Id of the block.', BLOCK_ID),
  notificationId: path('id', z.string(), 'Id of the notification.', NOTIFICATION_ID),
  code: path('code', z.enum(PROBLEM_CODES), 'Code of the problem.', 'dates_unavailable'),

  limit: query('limit', z.int().min(1).max(100).default(20), 'Number of items on one page.'),
  cursor: query('cursor', z.string().max(1_000), '`nextCursor` of the previous page.'),
  role: query('role', Role, 'The role to list as; by default the role of the token. `admin` is for admins only.'),
  status: query('status', Status, 'Only bookings with this status.'),
  staysFrom: query('from', CivilDate, 'Only bookings that take this day or a later one.'),
  staysTo: query('to', CivilDate, 'Only bookings that take a day before this one. Must be after `from`.'),
  sort: query(
    'sort',
    z.enum(['createdAt', '-createdAt', 'checkIn', '-checkIn']).default('-createdAt'),
    'The order; with `-` the latest first.',
  ),
  ofListing: query('listingId', Id, 'Only bookings of this listing.'),
  kind: query('kind', Kind, 'Only listings of this kind.'),
  ofOwner: query('ownerId', Subject, 'Only figures of this owner. Owners may name only themselves.'),
  ownerId: query('ownerId', Subject, 'Only listings of this owner.'),
  unread: query('unread', z.enum(['true', 'false']), '`true`: only unread notifications.'),
  firstDay: needed('from', CivilDate, 'First day.', SPAN.checkIn),
  lastDay: needed('to', CivilDate, 'The day after the last; at most 366 days after `from`.', SPAN.checkOut),
  from: query('from', CivilDate, 'First day, in UTC. By default 30 days before `to`.'),
  to: query(
    'to',
    CivilDate,
    'The day after the last, at most 366 days after `from`. By default tomorrow, which includes today.',
  ),
  interval: query('interval', z.enum(['day']).default('day'), 'One row for each interval.'),
  groupBy: query(
    'groupBy',
    z.enum(['kind', 'owner', 'listing']),
    'One row for each group. Owners see the groups of their own listings.',
  ),

  feedToken: needed('token', z.string().max(200), 'The secret of `GET /v1/listings/{id}/calendar-feed`.', FEED_TOKEN),

  requestId: header(
    'X-Request-Id',
    z.string(),
    'Names the request in logs and problems: 1 to 128 letters, digits, `-`, `_` or `=`. Another value is replaced.',
  ),
  traceparent: header(
    'traceparent',
    z.string(),
    'W3C Trace Context, continued in the log, events and problems. Generated if absent.',
  ),
  webhookSignature: header(
    WEBHOOK_SIGNATURE,
    z.string().max(1_024),
    'Required: `t=<seconds>,v1=<hex>`, the HMAC-SHA-256 of `<seconds>.<body>`. Others than `v1` are ignored.',
  ),
  idempotencyKey: header(
    'Idempotency-Key',
    Key,
    'A repeated key returns the original response. Without a key, a repeated request is a new request.',
  ),
  prefer: header('Prefer', z.string(), '`wait=N`: wait up to N seconds for the outcome, at most 30.'),
  ifMatch: header('If-Match', Condition, 'Decide only if the booking has this `ETag`, or one of a list.'),
  ifNoneMatch: header('If-None-Match', Condition, 'Return 304 if the booking still has this `ETag`, or one of a list.'),
  consistencyToken: header(
    'Consistency-Token',
    Id,
    '`Consistency-Token` of an earlier write: wait up to 5 seconds until the response includes that write.',
  ),
  lastEventId: header('Last-Event-ID', z.string(), 'Resume after this event. By default the stream starts now.'),
} as const satisfies Record<string, Parameter>

export type ParameterName = keyof typeof PARAMETERS

const text = (description: string): Header => ({ description, schema: { type: 'string' } })

/** Headers of responses. */
export const HEADERS = {
  'X-Request-Id': text('Names the request in logs and problems.'),
  Location: text('Address of the object, readable at once.'),
  ETag: text('Version of the booking, for `If-Match` and `If-None-Match`.'),
  Link: text('The next page, as `rel="next"` (RFC 8288); absent on the last page.'),
  'Consistency-Token': text('Send it with a read to see this write.'),
  'Idempotency-Replayed': text('`true`: this is the original response of an earlier request.'),
  'Preference-Applied': text('The `wait` that was applied.'),
  'Retry-After': text('Seconds to wait before the next request.'),
  RateLimit: text('Requests left in the current minute.'),
  'RateLimit-Policy': text('The rate limit: requests and window.'),
  'WWW-Authenticate': text('`Bearer`.'),
} as const satisfies Record<string, Header>

export type HeaderName = keyof typeof HEADERS
