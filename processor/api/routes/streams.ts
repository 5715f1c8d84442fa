import { Hono } from 'hono'
import { notify } from '#domain/policies/notify.ts'
import { ProblemError, PROBLEMS } from '#platform/problems.ts'
import type { ApiDeps, ApiEnv } from '../deps.ts'
import { stream } from '../event-stream.ts'

/** What happens, as it happens: everything for admins, for everybody what concerns them. */
export function streamRoutes(deps: ApiDeps): Hono<ApiEnv> {
  return new Hono<ApiEnv>()
    .get('/v1/events/stream', (c) => {
      if (c.get('principal').role !== 'admin') throw new ProblemError(PROBLEMS.forbidden)
      return stream(c, deps, (event) => [{ event: event.type, data: JSON.stringify(event) }])
    })
    .get('/v1/notifications/stream', (c) => {
      const { id } = c.get('principal')
      return stream(c, deps, (event) => {
        const mine = notify(event).filter(({ userId }) => userId === id)
        return mine.map((notification) => ({ event: 'notification', data: JSON.stringify(notification) }))
      })
    })
}
