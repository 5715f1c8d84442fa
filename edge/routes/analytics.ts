import { forward } from '../reads/forward.ts'
import * as examples from '../reference/examples.ts'
import { Series, Summary } from '../reference/responses.ts'
import { MANAGERS, route, type Route } from './route.ts'

export const analytics: readonly Route[] = [
  route({
    method: 'GET',
    path: '/v1/analytics/summary',
    access: { roles: MANAGERS },
    flow: 'read',
    group: 'Analytics',
    operationId: 'readSummary',
    summary: 'Sum up a range of days',
    parameters: ['from', 'to'],
    responses: { 200: { description: 'The sums of all days.', schema: Summary, example: examples.summary } },
    handle: forward,
  }),
  route({
    method: 'GET',
    path: '/v1/analytics/timeseries',
    access: { roles: MANAGERS },
    flow: 'read',
    group: 'Analytics',
    operationId: 'readTimeseries',
    summary: 'Read a range of days, day by day',
    parameters: ['from', 'to', 'interval', 'groupBy'],
    responses: {
      200: { description: 'One row for each day and group.', schema: Series, example: examples.series },
    },
    handle: forward,
  }),
]
