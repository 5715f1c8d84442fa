import { Hono } from 'hono'
import { ProblemError, PROBLEMS } from '#platform/problems.ts'
import type { ApiDeps, ApiEnv } from '../deps.ts'
import { noQuery } from '../query-parameters.ts'
import { notificationsOf } from '../streams/entry.ts'
import { Streams } from '../streams/streams.ts'

/** Server-sent events: every event for admins, and for each principal their notifications. All streams share one tail. */
export function streamRoutes(deps: ApiDeps): Hono<ApiEnv> {
  const streams = new Streams(deps)
  return new Hono<ApiEnv>()
    .get('/v1/events/stream', noQuery, (c) => {
      if (c.get('principal').role !== 'admin') throw new ProblemError(PROBLEMS.forbidden)
      return streams.open(c, 'events')
    })
    .get('/v1/notifications/stream', noQuery, (c) => streams.open(c, notificationsOf(c.get('principal').id)))
}
