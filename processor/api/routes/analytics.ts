import { Hono } from 'hono'
import { z } from 'zod'
import type { Principal } from '#domain/actor.ts'
import { addDays, daysBetween, daysOf, instantOf } from '#domain/civil.ts'
import { faultAt } from '#platform/faults.ts'
import { Kind } from '#domain/listing.ts'
import { BOOKING_PROBLEMS } from '#domain/problems.ts'
import { ProblemError, PROBLEMS } from '#platform/problems.ts'
import {
  type Dimension,
  emptyRollup,
  type Rollup,
  type RollupKey,
  rollupIdOf,
  sumRollups,
} from '#domain/projections/analytics.ts'
import { rollupIn, type StoredRollup } from '../../sinks/analytics.ts'
import type { ApiDeps, ApiEnv } from '../deps.ts'
import { scan } from '../pagination.ts'
import { DayRange, MAX_RANGE_DAYS, query } from '../query-parameters.ts'

const Series = DayRange.extend({
  interval: z.enum(['day']).default('day'),
  groupBy: z.enum(['kind', 'owner', 'listing']).optional(),
})

/** Days, counted back from today, if no range is given. */
const DEFAULT_DAYS = 30

type DayOf = RollupKey & Rollup

/** Most rows of one answer. */
const MAX_ROWS = 5_000

/** Daily roll-ups: admins see all of them, owners their own. Its time depends on the days asked for, not on the bookings. */
export function analyticsRoutes({ store, now }: ApiDeps): Hono<ApiEnv> {
  function rangeOf({ from, to }: z.infer<typeof DayRange>): { from: string; to: string } {
    const until = to ?? addDays(instantOf(now()).slice(0, 10), 1)
    const since = from ?? addDays(until, -DEFAULT_DAYS)
    const length = daysBetween(since, until)
    if (length >= 1 && length <= MAX_RANGE_DAYS) return { from: since, to: until }
    throw new ProblemError(BOOKING_PROBLEMS.invalid_dates, {
      detail: `Ask for 1 to ${MAX_RANGE_DAYS} days; "to" is not included.`,
    })
  }

  /** Days of values that are known beforehand: their ids are, too. */
  async function read(dimension: Dimension, values: readonly string[], from: string, to: string): Promise<DayOf[]> {
    const days = daysOf({ checkIn: from, checkOut: to })
    const ids = values.flatMap((value) => days.map((day) => rollupIdOf({ dimension, value, day })))
    const found = await store.getMany<StoredRollup>('rollups', ids)
    return found.sort((a, b) => (a._id < b._id ? -1 : 1)).map(rollupIn)
  }

  async function readAll(dimension: Dimension, from: string, to: string): Promise<DayOf[]> {
    const rows: DayOf[] = []
    let cursor: string | undefined
    do {
      const page = { where: { dimension }, order: { by: 'day', descending: true }, limit: 500, cursor }
      const { docs, next } = await scan<StoredRollup>(store, 'rollups', page)
      rows.push(...docs.filter(({ day }) => day >= from && day < to).map(rollupIn))
      cursor = (docs.at(-1)?.day ?? '') < from ? undefined : next
    } while (cursor && rows.length < MAX_ROWS)
    return rows.reverse()
  }

  async function grouped(groupBy: Dimension, principal: Principal, from: string, to: string): Promise<DayOf[]> {
    if (principal.role === 'admin') {
      return groupBy === 'kind' ? read('kind', Kind.options, from, to) : readAll(groupBy, from, to)
    }
    if (groupBy !== 'listing') {
      const errors = [faultAt('groupBy', 'must be listing, unless an admin asks')]
      throw new ProblemError(PROBLEMS.invalid_request, { errors })
    }
    const where = { withdrawn: false, ownerId: principal.id }
    const { docs } = await scan(store, 'properties', { where, order: { by: 'name' }, limit: 100 })
    return read(
      'listing',
      docs.map(({ _id }) => _id),
      from,
      to,
    )
  }

  return new Hono<ApiEnv>()
    .get('/summary', query(DayRange), async (c) => {
      const { from, to } = rangeOf(c.req.valid('query'))
      const [dimension, value] = sightOf(c.get('principal'))
      return c.json({ from, to, ...summaryOf(sumRollups(await read(dimension, [value], from, to))) })
    })
    .get('/timeseries', query(Series), async (c) => {
      const { interval, groupBy, ...asked } = c.req.valid('query')
      const { from, to } = rangeOf(asked)
      const principal = c.get('principal')
      const [dimension, value] = sightOf(principal)
      const rows = groupBy ? await grouped(groupBy, principal, from, to) : await read(dimension, [value], from, to)
      return c.json({ interval, groupBy: groupBy ?? null, from, to, data: rows.map(rowOf) })
    })
}

function sightOf({ role, id }: Principal): [Dimension, string] {
  if (role === 'traveler')
    throw new ProblemError(PROBLEMS.forbidden, { detail: 'Analytics are for owners and admins.' })
  return role === 'admin' ? ['all', 'all'] : ['owner', id]
}

const rowOf = (row: DayOf) => ({ day: row.day, group: row.value, ...summaryOf(row) })

/** The counters, and what follows from them. */
function summaryOf(rollup: Rollup) {
  const counters = Object.fromEntries(Object.keys(emptyRollup).map((name) => [name, rollup[name as keyof Rollup]]))
  const { decisions, decisionMs, confirmed, requested } = rollup
  return {
    ...counters,
    meanDecisionMs: decisions > 0 ? Math.round(decisionMs / decisions) : null,
    confirmationRate: requested > 0 ? confirmed / requested : null,
  }
}
