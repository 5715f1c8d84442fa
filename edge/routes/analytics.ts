import { z } from 'zod'
import { CivilDate } from '#domain/civil.ts'
import type { Rollup } from '#domain/projections/analytics.ts'
import { forward } from '../reads/forward.ts'
import * as examples from '../reference/examples.ts'
import { MANAGERS, route, type Route, type RouteGroup } from './route.ts'

const counters = {
  requested: z.int(),
  converted: z.int().describe('Bookings requested on these days that were confirmed, on whatever day.'),
  failed: z.int(),
  accepted: z.int(),
  confirmed: z.int(),
  rejected: z.int(),
  cancelled: z.int(),
  expired: z.int(),
  completed: z.int(),
  refused: z.int().describe('Commands that were refused.'),
  guests: z.int().describe('Guests of confirmed bookings.'),
  decisionMs: z.int().describe('Sum of the times from request to decision, in milliseconds.'),
  decisions: z.int(),
  revenue: z
    .record(z.string(), z.int())
    .describe('Revenue of confirmed bookings, less what cancellations give back, in minor units, by currency.'),
} satisfies { [K in keyof Rollup]: z.ZodType<Rollup[K]> }

const measured = {
  ...counters,
  meanDecisionMs: z.int().nullable(),
  confirmationRate: z
    .number()
    .nullable()
    .describe(
      'From 0 to 1: the part of the bookings requested on these days that was confirmed, on whatever day. Null without a request.',
    ),
}

const Summary = z.strictObject({ from: CivilDate, to: CivilDate, ...measured })

const Series = z.strictObject({
  interval: z.literal('day'),
  groupBy: z.enum(['kind', 'owner', 'listing']).nullable(),
  from: CivilDate,
  to: CivilDate,
  data: z.array(
    z.strictObject({
      day: CivilDate,
      group: z.string(),
      name: z.string().nullable().describe("The listing's name with `groupBy=listing`, otherwise null."),
      ...measured,
    }),
  ),
})

const measures = {
  requested: 1,
  converted: 1,
  failed: 0,
  accepted: 0,
  confirmed: 1,
  rejected: 0,
  cancelled: 0,
  expired: 0,
  completed: 0,
  refused: 0,
  guests: 2,
  decisionMs: 7_200_000,
  decisions: 1,
  revenue: { USD: 50_000 },
  meanDecisionMs: 7_200_000,
  confirmationRate: 1,
}

const days = { from: '2030-11-21', to: '2030-11-22' }
const summary = { ...days, ...measures }
const series = {
  interval: 'day',
  groupBy: 'listing',
  ...days,
  data: [{ day: days.from, group: examples.LISTING_ID, name: examples.listing.name, ...measures }],
}

const routes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/v1/analytics/summary',
    access: { roles: MANAGERS },
    flow: 'read',
    operationId: 'readSummary',
    summary: 'Sum up a range of days',
    parameters: ['from', 'to', 'ofOwner'],
    responses: { 200: { description: 'The sums of all days.', schema: Summary, example: summary } },
    handle: forward,
  }),
  route({
    method: 'GET',
    path: '/v1/analytics/timeseries',
    access: { roles: MANAGERS },
    flow: 'read',
    operationId: 'readTimeseries',
    summary: 'Read a range of days, day by day',
    parameters: ['from', 'to', 'interval', 'groupBy', 'ofOwner'],
    responses: {
      200: { description: 'One row for each day and group.', schema: Series, example: series },
    },
    handle: forward,
  }),
]

export const analytics: RouteGroup = {
  name: 'Analytics',
  description: 'Daily figures. Owners see the figures of their own listings, admins all figures.',
  schemas: { Summary, Series },
  routes,
}
