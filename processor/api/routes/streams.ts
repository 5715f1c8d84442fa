import { Hono } from 'hono'
import { ProblemError, PROBLEMS } from '#platform/problems.ts'
import type { ApiDeps, ApiEnv } from '../deps.ts'
import { stream } from '../streams/event-stream.ts'
import { LogTail } from '../streams/log-tail.ts'

/** Server-sent events: every event for admins, and for each principal their notifications. All streams share one tail. */
export function streamRoutes(deps: ApiDeps): Hono<ApiEnv> {
  const streamDeps = { ...deps, tail: new LogTail({ log: deps.log, topic: deps.topics.bookings }) }
  return new Hono<ApiEnv>()
    .get('/v1/events/stream', (c) => {
      if (c.get('principal').role !== 'admin') throw new ProblemError(PROBLEMS.forbidden)
      return stream(c, streamDeps, ({ event }) => (event ? [{ event: event.type, data: JSON.stringify(event) }] : []))
    })
    .get('/v1/notifications/stream', (c) => {
      const { id } = c.get('principal')
      return stream(c, streamDeps, ({ notifications }) =>
        notifications
          .filter(({ userId }) => userId === id)
          .map((notification) => ({ event: 'notification', data: JSON.stringify(notification) })),
      )
    })
}
