import { type Context, Hono } from 'hono'
import type { Booking } from '#domain/booking.ts'
import { DecisionReason } from '#domain/command.ts'
import { AirbnbRequest, decodeRequest, encodeBooking } from '#domain/dialects/airbnb.ts'
import type { EdgeDeps, EdgeEnv } from '../deps.ts'
import { type Answer, decideBooking } from '../commands/decide-booking.ts'
import { intentOf } from '../commands/intent.ts'
import { requestBooking } from '../commands/request-booking.ts'
import { body } from '../guard/validate.ts'
import { nameOf, pageOf, withNames } from './airbnb-reads.ts'

/** The routes of airbnb's document, in its spelling. Ids in paths are the document's or ours. */
export function airbnbRoutes(deps: EdgeDeps): Hono<EdgeEnv> {
  const { query } = deps
  const now = deps.now ?? Date.now

  /** The query API shows travelers what they booked and owners what was booked of theirs. */
  const list = async (c: Context<EdgeEnv>) => {
    const { data, nextCursor } = await pageOf<Booking>(query, c, '/v1/bookings', {})
    return c.json({ bookings: await withNames(query, c, data), nextCursor })
  }

  const answer = async (c: Context<EdgeEnv>, { booking, decided }: Answer) =>
    c.json(encodeBooking(booking, await nameOf(query, c, booking.listingId)), decided ? 200 : 202)

  return new Hono<EdgeEnv>()
    .post('/travelers/bookings', body(AirbnbRequest), async (c) => {
      const { totalPrice, ...asked } = c.req.valid('json')
      const intent = await intentOf(c, now())
      const name = nameOf(query, c, asked.propertyId)
      const { booking, inTime } = await requestBooking(deps, intent, decodeRequest(asked), 'airbnb', totalPrice)
      const headers = { Location: `/v1/bookings/${booking.id}` }
      return c.json(encodeBooking(booking, await name), inTime ? 201 : 202, headers)
    })
    .get('/travelers/bookings', list)
    .get('/owners/bookings', list)
    .put('/owners/bookings/:id/approve', async (c) => {
      const wish = { type: 'AcceptBooking' } as const
      return answer(c, await decideBooking(deps, await intentOf(c, now()), c.req.param('id'), wish))
    })
    .put('/owners/bookings/:id/reject', body(DecisionReason), async (c) => {
      const wish = { type: 'RejectBooking', ...c.req.valid('json') } as const
      return answer(c, await decideBooking(deps, await intentOf(c, now()), c.req.param('id'), wish))
    })
    .put('/owners/bookings/:id/cancel', body(DecisionReason), async (c) => {
      const wish = { type: 'CancelBooking', ...c.req.valid('json') } as const
      return answer(c, await decideBooking(deps, await intentOf(c, now()), c.req.param('id'), wish))
    })
}
