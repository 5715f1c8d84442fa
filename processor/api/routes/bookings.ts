import { type Context, Hono } from 'hono'
import { z } from 'zod'
import { type Principal, Role } from '#domain/actor.ts'
import { type Booking, isLive, type PublicBooking, publicBooking, Status } from '#domain/booking.ts'
import { CivilDate, instantOf } from '#domain/civil.ts'
import { Id } from '#domain/ids.ts'
import { etagOf, isKnown } from '#platform/etag.ts'
import { outcomeOf } from '#domain/outcome.ts'
import { BOOKING_PROBLEMS } from '#domain/problems.ts'
import { quoteCancellation } from '#domain/quotes.ts'
import { ProblemError, PROBLEMS } from '#platform/problems.ts'
import type { Doc } from '#store/store.ts'
import type { BookingView } from '../../sinks/views.ts'
import { bookingEntry } from '../calendar/entries.ts'
import { calendarOf } from '../calendar/icalendar.ts'
import type { ApiDeps, ApiEnv } from '../deps.ts'
import type { FindView } from '../find-view.ts'
import { listResponse, scanPage, scanFiltered } from '../pagination.ts'
import { checkSpan, noQuery, Paging, query } from '../query-parameters.ts'
import { calendarResponse } from './calendars.ts'

/** `-`: the latest first. */
const SORTS = ['createdAt', '-createdAt', 'checkIn', '-checkIn'] as const
type Sort = (typeof SORTS)[number]

const Filters = Paging.extend({
  role: Role.optional(),
  status: Status.optional(),
  listingId: Id.optional(),
  from: CivilDate.optional(),
  to: CivilDate.optional(),
  sort: z.enum(SORTS).default('-createdAt'),
})
type Filters = z.infer<typeof Filters>

export function bookingRoutes({ store, now }: ApiDeps, findView: FindView): Hono<ApiEnv> {
  async function stored(c: Context<ApiEnv>): Promise<BookingView> {
    const booking = await findView(c, 'booking', c.req.param('id') ?? '')
    if (!maySee(c.get('principal'), booking)) throw new ProblemError(BOOKING_PROBLEMS.unknown_booking)
    return booking
  }

  const visible = async (c: Context<ApiEnv>): Promise<PublicBooking> => viewOf(await stored(c))

  /** Scans the narrowest index, and filters by what it does not cover. */
  function list({ limit, cursor, sort, status, listingId, from, to }: Filters, scope: Scope) {
    const order = orderOf(sort)
    const fields = { ...scope, ...(status && { status }), ...(listingId && { listingId }) }
    const where = listingId ? { listingId } : order.by === 'createdAt' ? fields : scope
    const others = Object.entries(fields).filter(([name]) => !(name in where))
    const page = { where, order, limit, cursor }
    if (others.length === 0 && !from && !to) return scanPage<BookingView>(store, 'bookings', page)
    const passes = (booking: BookingView) =>
      others.every(([name, value]) => booking[name] === value) && overlaps(booking, from, to)
    return scanFiltered<BookingView>(store, 'bookings', page, passes)
  }

  return new Hono<ApiEnv>()
    .get('/', query(Filters), async (c) => {
      const filters = c.req.valid('query')
      checkSpan(filters)
      return listResponse(c, await list(filters, scopeOf(c.get('principal'), filters.role)), viewOf)
    })
    .get('/:id', noQuery, async (c) => {
      const booking = await visible(c)
      const etag = etagOf(booking.version)
      c.header('etag', etag)
      return isKnown(c.req.header('if-none-match'), etag) ? c.body(null, 304) : c.json(booking)
    })
    .get('/:id/cancellation-quote', noQuery, async (c) => {
      const booking = await stored(c)
      if (!isLive(booking.status))
        throw new ProblemError(BOOKING_PROBLEMS.booking_already_decided, {
          detail: outcomeOf(booking),
          booking: viewOf(booking),
        })
      const listing = await findView(c, 'listing', booking.listingId)
      return c.json(quoteCancellation(booking, listing, c.get('principal').role, instantOf(now())))
    })
    .get('/:id/calendar.ics', noQuery, async (c) => {
      const booking = await visible(c)
      const { name } = await findView(c, 'listing', booking.listingId)
      return calendarResponse(c, calendarOf(name, [bookingEntry(booking.id, booking, name)]))
    })
    .get('/:id/events', query(Paging), async (c) => {
      const { id: bookingId } = await visible(c)
      const page = await scanPage(store, 'booking_events', {
        where: { bookingId },
        order: { by: 'seq' },
        ...c.req.valid('query'),
      })
      return listResponse(c, page, entryOf)
    })
}

const orderOf = (sort: Sort) => ({ by: sort.replace('-', ''), descending: sort.startsWith('-') })

/** Whether a booking takes a day of a half-open span. */
const overlaps = ({ checkIn, checkOut }: Booking, from?: CivilDate, to?: CivilDate): boolean =>
  (to === undefined || checkIn < to) && (from === undefined || (checkOut === null ? checkIn >= from : checkOut > from))

/** Entries of earlier versions have neither a trace nor a position. */
const entryOf = ({ _id, ...entry }: Doc) => ({
  id: _id,
  ...entry,
  trace: entry['trace'] ?? null,
  position: entry['position'] ?? null,
})

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
