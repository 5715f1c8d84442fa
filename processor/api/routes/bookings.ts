import { type Context, Hono } from 'hono'
import type { z } from 'zod'
import { type Principal, Role } from '#domain/actor.ts'
import { type Booking, isLive, type PublicBooking, publicBooking, Status } from '#domain/booking.ts'
import { instantOf } from '#domain/civil.ts'
import { Id } from '#domain/ids.ts'
import { etagOf, isKnown } from '#platform/etag.ts'
import { outcomeOf } from '#domain/outcome.ts'
import { BOOKING_PROBLEMS } from '#domain/problems.ts'
import { quoteCancellation } from '#domain/quotes.ts'
import { ProblemError, PROBLEMS } from '#platform/problems.ts'
import type { BookingView } from '../../sinks/views.ts'
import type { ApiDeps, ApiEnv } from '../deps.ts'
import type { FindView } from '../find-view.ts'
import { listResponse, scanPage, scanFiltered } from '../pagination.ts'
import { noQuery, Paging, query } from '../query-parameters.ts'

const Filters = Paging.extend({ role: Role.optional(), status: Status.optional(), listingId: Id.optional() })
type Filters = z.infer<typeof Filters>

export function bookingRoutes({ store, now }: ApiDeps, findView: FindView): Hono<ApiEnv> {
  async function visible(c: Context<ApiEnv>): Promise<PublicBooking> {
    const booking = await findView(c, 'booking', c.req.param('id') ?? '')
    if (!maySee(c.get('principal'), booking)) throw new ProblemError(BOOKING_PROBLEMS.unknown_booking)
    return viewOf(booking)
  }

  /** Scans the narrowest index, and filters by what it does not cover. */
  function list(filters: Filters, scope: Scope) {
    const { limit, cursor, status, listingId } = filters
    const page = { order: { by: 'createdAt', descending: true }, limit, cursor }
    const where = { ...scope, ...(status && { status }) }
    if (!listingId) return scanPage<BookingView>(store, 'bookings', { where, ...page })
    const passes = (booking: BookingView) => Object.entries(where).every(([name, value]) => booking[name] === value)
    return scanFiltered<BookingView>(store, 'bookings', { where: { listingId }, ...page }, passes)
  }

  return new Hono<ApiEnv>()
    .get('/', query(Filters), async (c) => {
      const filters = c.req.valid('query')
      return listResponse(c, await list(filters, scopeOf(c.get('principal'), filters.role)), viewOf)
    })
    .get('/:id', noQuery, async (c) => {
      const booking = await visible(c)
      const etag = etagOf(booking.version)
      c.header('etag', etag)
      return isKnown(c.req.header('if-none-match'), etag) ? c.body(null, 304) : c.json(booking)
    })
    .get('/:id/cancellation-quote', noQuery, async (c) => {
      const booking = await visible(c)
      if (!isLive(booking.status))
        throw new ProblemError(BOOKING_PROBLEMS.booking_already_decided, { detail: outcomeOf(booking), booking })
      const listing = await findView(c, 'listing', booking.listingId)
      return c.json(quoteCancellation(booking, listing, c.get('principal').role, instantOf(now())))
    })
    .get('/:id/events', query(Paging), async (c) => {
      const { id: bookingId } = await visible(c)
      const page = await scanPage(store, 'booking_events', {
        where: { bookingId },
        order: { by: 'seq' },
        ...c.req.valid('query'),
      })
      return listResponse(c, page, ({ _id, ...entry }) => ({ id: _id, ...entry }))
    })
}

const viewOf = ({ _id, ...booking }: BookingView): PublicBooking => publicBooking(booking)

export const maySee = ({ role, id }: Principal, booking: Pick<Booking, 'travelerId' | 'ownerId'>): boolean =>
  role === 'admin' || (role === 'traveler' ? booking.travelerId === id : booking.ownerId === id)

type Scope = Record<string, string>

/** The bookings that a principal may see in a role: those they booked, those of their listings, or all. */
function scopeOf(principal: Principal, role: Role = principal.role): Scope {
  if (role === 'traveler') return { travelerId: principal.id }
  if (role === 'owner') return { ownerId: principal.id }
  if (principal.role !== 'admin')
    throw new ProblemError(PROBLEMS.forbidden, { detail: 'Only admins may read all bookings.' })
  return {}
}
