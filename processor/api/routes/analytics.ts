import { Hono } from 'hono'
import { z } from 'zod'
import { type Principal, Subject } from '#domain/actor.ts'
import { addDays, instantOf } from '#domain/civil.ts'
import { Kind } from '#domain/kinds.ts'
import { ProblemError, PROBLEMS } from '#platform/problems.ts'
import { type Dimension, emptyRollup, type Rollup, sumRollups } from '#domain/projections/analytics.ts'
import type { ApiDeps, ApiEnv } from '../deps.ts'
import { listingNames, listingsOf } from '../listing-views.ts'
import { DayRange, checkRange, query } from '../query-parameters.ts'
import { type DayRollup, type Days, readEveryRollup, readRollups } from '../rollups.ts'

const Summary = DayRange.extend({ ownerId: Subject.optional() })

const Series = Summary.extend({
  interval: z.enum(['day']).default('day'),
  groupBy: z.enum(['kind', 'owner', 'listing']).optional(),
})

/** How many days up to today a request without a range reads. */
const DEFAULT_DAYS = 30

/** Daily roll-ups: admins read all of them or those of one owner, owners their own. */
export function analyticsRoutes({ store, now }: ApiDeps): Hono<ApiEnv> {
  async function grouped(groupBy: Dimension, { ownerId }: Scope, days: Days): Promise<DayRollup[]> {
    if (ownerId === undefined)
      return groupBy === 'kind' ? readRollups(store, 'kind', Kind.options, days) : readEveryRollup(store, groupBy, days)
    if (groupBy === 'owner') return readRollups(store, 'owner', [ownerId], days)
    const kinds = new Map((await listingsOf(store, ownerId)).map(({ id, kind }) => [id, kind]))
    const rows = await readRollups(store, 'listing', [...kinds.keys()], days)
    return groupBy === 'kind' ? sumByKind(rows, kinds) : rows
  }

  const ungrouped = ({ ownerId }: Scope, days: Days): Promise<DayRollup[]> =>
    ownerId === undefined ? readRollups(store, 'all', ['all'], days) : readRollups(store, 'owner', [ownerId], days)

  async function namesIn(rows: readonly DayRollup[]): Promise<Map<string, string>> {
    const listings = rows.filter(({ dimension }) => dimension === 'listing').map(({ value }) => value)
    return listingNames(store, [...new Set(listings)])
  }

  return new Hono<ApiEnv>()
    .get('/summary', query(Summary), async (c) => {
      const { ownerId, ...range } = c.req.valid('query')
      const days = daysIn(range, now())
      const rollups = await ungrouped(scopeOf(c.get('principal'), ownerId), days)
      return c.json({ ...days, ...measuresOf(sumRollups(rollups)) })
    })
    .get('/timeseries', query(Series), async (c) => {
      const { interval, groupBy, ownerId, ...range } = c.req.valid('query')
      const days = daysIn(range, now())
      const scope = scopeOf(c.get('principal'), ownerId)
      const rows = await (groupBy ? grouped(groupBy, scope, days) : ungrouped(scope, days))
      const names = await namesIn(rows)
      const data = rows.map((row) => ({
        day: row.day,
        group: row.value,
        name: names.get(row.value) ?? null,
        ...measuresOf(row),
      }))
      return c.json({ interval, groupBy: groupBy ?? null, ...days, data })
    })
}

function daysIn({ from, to }: z.infer<typeof DayRange>, now: number): Days {
  const until = to ?? addDays(instantOf(now).slice(0, 10), 1)
  const since = from ?? addDays(until, -DEFAULT_DAYS)
  checkRange(since, until)
  return { from: since, to: until }
}

/** Roll-ups of listings, ordered by day, as roll-ups of their kinds. */
function sumByKind(rows: readonly DayRollup[], kinds: ReadonlyMap<string, Kind>): DayRollup[] {
  return [...Map.groupBy(rows, ({ day }) => day)].flatMap(([day, ofDay]) =>
    [...Map.groupBy(ofDay, ({ value }) => kinds.get(value)!)]
      .map(([kind, ofKind]) => ({ dimension: 'kind' as const, value: kind, day, ...sumRollups(ofKind) }))
      .sort((a, b) => (a.value < b.value ? -1 : 1)),
  )
}

/** The owner whose figures are read; of all owners if absent. */
interface Scope {
  ownerId?: string
}

/** @param asked the owner that the request names */
function scopeOf({ role, id }: Principal, asked: string | undefined): Scope {
  if (role === 'traveler')
    throw new ProblemError(PROBLEMS.forbidden, { detail: 'Analytics are for owners and admins.' })
  if (role === 'admin') return asked === undefined ? {} : { ownerId: asked }
  if (asked !== undefined && asked !== id)
    throw new ProblemError(PROBLEMS.forbidden, { detail: 'Owners may read their own figures only.' })
  return { ownerId: id }
}

/** The counters, and the figures that follow from them. */
function measuresOf(rollup: Rollup) {
  const counters = Object.fromEntries(Object.keys(emptyRollup).map((name) => [name, rollup[name as keyof Rollup]]))
  const { decisions, decisionMs, converted, requested } = rollup
  return {
    ...counters,
    meanDecisionMs: decisions > 0 ? Math.round(decisionMs / decisions) : null,
    confirmationRate: requested > 0 ? converted / requested : null,
  }
}
