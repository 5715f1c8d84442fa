import { type Context, Hono } from 'hono'
import { BOOKING_PROBLEMS } from '#domain/problems.ts'
import { ProblemError, PROBLEMS } from '#platform/problems.ts'
import type { ApiDeps, ApiEnv } from '../deps.ts'
import type { FindView } from '../find-view.ts'
import { noQuery } from '../query-parameters.ts'
import { maySee } from './bookings.ts'

/** What a traveler does on the pages of a payment provider, for the embedded payment gateway, which has none. */
export function devPaymentRoutes({ authenticatePayment }: ApiDeps, findView: FindView): Hono<ApiEnv> {
  async function authenticate(c: Context<ApiEnv>, succeeds: boolean): Promise<Response> {
    if (!authenticatePayment) throw new ProblemError(PROBLEMS.not_found)
    const booking = await findView(c, 'booking', c.req.param('id') ?? '')
    if (!maySee(c.get('principal'), booking)) throw new ProblemError(BOOKING_PROBLEMS.unknown_booking)
    await authenticatePayment(booking.id, succeeds)
    return c.body(null, 204)
  }

  return new Hono<ApiEnv>()
    .post('/:id/authenticate', noQuery, (c) => authenticate(c, true))
    .post('/:id/decline', noQuery, (c) => authenticate(c, false))
}
