import { z } from 'zod'
import { forward } from '../reads/forward.ts'
import { callerOf } from '../reads/query-client.ts'
import * as examples from '../reference/examples.ts'
import { EVERYONE, idIn, MANAGERS, type ResponseDoc, route, type Route } from './route.ts'

/** Calendars in iCalendar, for programs that show or subscribe to them. */

const CalendarFeed = z.strictObject({
  url: z.url().describe('Anyone who knows this address can read the calendar. Give it only to a calendar program.'),
})

export const CALENDAR_SCHEMAS = { CalendarFeed }

const CALENDAR: ResponseDoc = {
  description: 'A calendar (RFC 5545). Its events take whole days, and name no traveler and no special request.',
  media: ['text/calendar'],
}

export const bookingCalendarRoute: Route = route({
  method: 'GET',
  path: '/v1/bookings/:id/calendar.ics',
  access: { roles: EVERYONE, owned: 'booking' },
  flow: 'read',
  operationId: 'readBookingCalendar',
  summary: 'Read a booking as a calendar event',
  description:
    'The event is tentative until the booking is confirmed, and cancelled if it ends in another way than completed.',
  parameters: ['bookingId'],
  responses: { 200: CALENDAR },
  problems: ['unknown_booking'],
  handle: forward,
})

export const listingCalendarRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/v1/listings/:id/calendar-feed',
    access: { roles: MANAGERS, owned: 'listing' },
    flow: 'read',
    operationId: 'readCalendarFeed',
    summary: 'Read the secret address of the calendar of a listing',
    description:
      'A calendar program subscribes to this address without a token. The address changes, and the old one ends, when the operator replaces the key in `COMMAND_KEYS`.',
    parameters: ['listingId'],
    responses: {
      200: {
        description: 'The address.',
        schema: CalendarFeed,
        example: {
          url: `https://bookings.example/v1/listings/${examples.LISTING_ID}/calendar.ics?token=${examples.FEED_TOKEN}`,
        },
      },
    },
    problems: ['unknown_listing'],
    async handle(c, { query }) {
      const path = `/v1/listings/${encodeURIComponent(idIn(c))}/calendar-feed`
      const feed = await query.ask<{ path: string }>('GET', path, callerOf(c, ['consistency-token']))
      const url = new URL(feed.path, c.req.url)
      // A balancer that ends TLS names the scheme of the client.
      if (c.req.header('X-Forwarded-Proto') === 'https') url.protocol = 'https:'
      return c.json({ url: url.href }, 200, { 'Cache-Control': 'no-store' })
    },
  }),
  route({
    method: 'GET',
    path: '/v1/listings/:id/calendar.ics',
    access: 'public',
    flow: 'forward',
    operationId: 'readListingCalendar',
    summary: 'Read the calendar of a listing by its secret address',
    description: 'The live bookings and blocks of the listing. A wrong `token` returns 404.',
    parameters: ['listingId', 'feedToken'],
    responses: { 200: CALENDAR },
    problems: ['unknown_listing', 'overloaded'],
    handle: forward,
  }),
]
