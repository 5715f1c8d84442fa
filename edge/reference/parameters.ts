import { z } from 'zod'
import { Role, Subject } from '#domain/actor.ts'
import { Status } from '#domain/booking.ts'
import { CivilDate } from '#domain/civil.ts'
import { Id } from '#domain/ids.ts'
import { Kind } from '#domain/kinds.ts'
import { PROBLEM_CODES } from '../problem-types.ts'
import { BOOKING_ID, LISTING_ID, NOTIFICATION_ID } from './examples.ts'
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

const Key = z.string().regex(/^[\x20-\x7e]{1,255}$/)
const Version = z.string().regex(/^"\d{1,15}"$/)

export const PARAMETERS = {
  bookingId: path('id', Id, 'Of the booking.', BOOKING_ID),
  listingId: path('id', Id, 'Of the listing.', LISTING_ID),
  notificationId: path('id', z.string(), 'Of the notification.', NOTIFICATION_ID),
  code: path('code', z.enum(PROBLEM_CODES), 'Of the problem.', 'dates_unavailable'),

  limit: query('limit', z.int().min(1).max(100).default(20), 'How many on one page.'),
  cursor: query('cursor', z.string().max(1_000), 'Where to go on: `nextCursor` of the page before.'),
  role: query('role', Role, 'As whom to look; by default in the role of the token. Only admins may look as one.'),
  status: query('status', Status, 'Only bookings in this state.'),
  ofListing: query('listingId', Id, 'Only bookings of this listing.'),
  kind: query('kind', Kind, 'Only listings of this kind.'),
  ownerId: query('ownerId', Subject, 'Only listings of this owner.'),
  unread: query('unread', z.enum(['true', 'false']), '`true`: only those that were not read yet.'),
  firstDay: needed('from', CivilDate, 'The first day.', '2025-12-01'),
  lastDay: needed('to', CivilDate, 'The day after the last; at most 366 days later.', '2025-12-05'),
  from: query('from', CivilDate, 'The first day, UTC. By default 30 days before `to`.'),
  to: query('to', CivilDate, 'The day after the last. By default tomorrow, so that today is in.'),
  interval: query('interval', z.enum(['day']).default('day'), 'One row for each.'),
  groupBy: query('groupBy', z.enum(['kind', 'owner', 'listing']), 'A row for each; owners may group by listing.'),

  requestId: header('X-Request-Id', z.string().max(128), 'Comes back with the answer; one is made if there is none.'),
  traceparent: header(
    'traceparent',
    z.string(),
    'W3C Trace Context. It goes on into the log, and comes back in events and problems; one is made if there is none.',
  ),
  idempotencyKey: header(
    'Idempotency-Key',
    Key,
    'Whoever repeats a request with its key is answered as before, and nothing is done twice. Without one a repetition is another request.',
  ),
  prefer: header(
    'Prefer',
    z.string(),
    '`wait=N`: how many seconds the answer may wait for what becomes of the request, 30 at most.',
  ),
  ifMatch: header('If-Match', Version.or(z.literal('*')), 'Do it only if the booking still has this `ETag`.'),
  ifNoneMatch: header('If-None-Match', Version, 'Answer only if the booking has another `ETag` by now.'),
  consistencyToken: header(
    'Consistency-Token',
    Id,
    'Of an earlier write: the answer waits until it can be seen, for 5 seconds at most.',
  ),
  lastEventId: header('Last-Event-ID', z.string(), 'Go on behind this event. Without one the stream begins now.'),
} as const satisfies Record<string, Parameter>

export type ParameterName = keyof typeof PARAMETERS

const text = (description: string): Header => ({ description, schema: { type: 'string' } })

/** Of answers. */
export const HEADERS = {
  'X-Request-Id': text('Names the request in our logs.'),
  Location: text('Where the thing is. It can be read at once.'),
  ETag: text("The booking's version, for `If-Match`."),
  Link: text('The next page, as `rel="next"` (RFC 8288); absent on the last one.'),
  'Consistency-Token': text('Sent along with a read, that read does not miss this write.'),
  'Idempotency-Replayed': text('`true`: the request was made before, and this was its answer.'),
  'Preference-Applied': text('The `wait` that was kept to.'),
  'Retry-After': text('In how many seconds to try again.'),
  'WWW-Authenticate': text('`Bearer`.'),
} as const satisfies Record<string, Header>

export type HeaderName = keyof typeof HEADERS
