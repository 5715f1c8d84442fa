import { type Context, Hono } from 'hono'
import { decodeRequest, encodeBooking, encodeNotification, Lab2Request } from '#domain/dialects/lab2.ts'
import type { Notification } from '#domain/policies/notify.ts'
import type { EdgeDeps, EdgeEnv } from '../deps.ts'
import { decideBooking } from '../commands/decide-booking.ts'
import { intentOf } from '../commands/intent.ts'
import { requestBooking } from '../commands/request-booking.ts'
import { body } from '../guard/validate.ts'

/** One page of them; the document knows no second. */
const NOTIFICATIONS = '/v1/notifications?limit=100'

/** The routes of lab2's document, in its spelling. */
export function lab2Routes(deps: EdgeDeps): Hono<EdgeEnv> {
  const now = deps.now ?? Date.now
  const ask = <T>(c: Context, method: 'GET' | 'POST', path: string): Promise<T> =>
    deps.query.ask<T>(method, path, c.req.header('Authorization') ?? '')
  const list = (c: Context, path: string) => ask<{ data: Notification[] }>(c, 'GET', path)

  return new Hono<EdgeEnv>()
    .post('/bookings', body(Lab2Request), async (c) => {
      const wish = decodeRequest(c.req.valid('json'))
      const { booking } = await requestBooking(deps, await intentOf(c, now()), wish, 'lab2')
      return c.json(encodeBooking(booking), 201, { Location: `/v1/bookings/${booking.id}` })
    })
    .post('/bookings/:id/accept', async (c) => {
      const intent = await intentOf(c, now())
      const { booking, decided } = await decideBooking(deps, intent, c.req.param('id'), { type: 'AcceptBooking' })
      return c.json(encodeBooking(booking), decided ? 200 : 202)
    })
    .get('/notifications', async (c) => {
      const [all, unread] = await Promise.all([list(c, NOTIFICATIONS), list(c, `${NOTIFICATIONS}&unread=true`)])
      return c.json({ notifications: all.data.map(encodeNotification), unread_count: unread.data.length })
    })
    .on(['POST', 'PUT'], '/notifications/:id/read', async (c) => {
      const path = `/v1/notifications/${encodeURIComponent(c.req.param('id'))}/read`
      return c.json(encodeNotification(await ask<Notification>(c, 'POST', path)))
    })
}
