import { type Context, Hono } from 'hono'
import { type Booking, BookingRequest } from '#domain/booking.ts'

import { DecisionReason } from '#domain/command.ts'
import { etagOf } from '#platform/etag.ts'
import type { EdgeDeps, EdgeEnv } from '../deps.ts'
import { type Answer, decideBooking } from '../commands/decide-booking.ts'
import { forward } from '../reads/forward.ts'
import { intentOf } from '../commands/intent.ts'
import { requestBooking } from '../commands/request-booking.ts'
import { body } from '../guard/validate.ts'

export function bookingRoutes(deps: EdgeDeps): Hono<EdgeEnv> {
  const now = deps.now ?? Date.now
  const read = forward(deps.query)

  return new Hono<EdgeEnv>()
    .post('/', body(BookingRequest), async (c) => {
      const { booking, inTime } = await requestBooking(deps, await intentOf(c, now()), c.req.valid('json'), 'v1')
      return c.json(booking, inTime ? 201 : 202, { Location: pathOf(booking), ETag: etagOf(booking.version) })
    })
    .get('/', read)
    .get('/:id', read)
    .get('/:id/events', read)
    .post('/:id/accept', async (c) => {
      const wish = { type: 'AcceptBooking' } as const
      return answer(c, await decideBooking(deps, await intentOf(c, now()), c.req.param('id'), wish))
    })
    .post('/:id/reject', body(DecisionReason), async (c) => {
      const wish = { type: 'RejectBooking', ...c.req.valid('json') } as const
      return answer(c, await decideBooking(deps, await intentOf(c, now()), c.req.param('id'), wish))
    })
    .post('/:id/cancel', body(DecisionReason), async (c) => {
      const wish = { type: 'CancelBooking', ...c.req.valid('json') } as const
      return answer(c, await decideBooking(deps, await intentOf(c, now()), c.req.param('id'), wish))
    })
}

const pathOf = ({ id }: Pick<Booking, 'id'>): string => `/v1/bookings/${id}`

/** Not decided in time: it will be, and the booking tells. */
const answer = (c: Context, { booking, decided }: Answer): Response =>
  decided
    ? c.json(booking, 200, { ETag: etagOf(booking.version) })
    : c.json(booking, 202, { Location: pathOf(booking), 'Retry-After': '1' })
