import { daysOf } from '#domain/civil.ts'
import { type Dimension, type Rollup, type RollupKey, rollupIdOf } from '#domain/projections/analytics.ts'
import { faultAt } from '#platform/faults.ts'
import { ProblemError, PROBLEMS } from '#platform/problems.ts'
import { MAX_SCAN, type Store } from '#store/store.ts'
import { rollupIn, type StoredRollup } from '../sinks/analytics.ts'

/** The roll-up of one day and one value of a dimension. */
export type DayRollup = RollupKey & Rollup

/** Civil days; `to` is not included. */
export interface Days {
  from: string
  to: string
}

/** The most roll-ups that one request may read. Beyond it the request is rejected: a part would look like the whole. */
const MAX_ROLLUPS = 100_000

/** Reads the roll-ups of known values by their ids, ordered by day and value. The time depends on the days, not on the bookings. */
export async function readRollups(
  store: Store,
  dimension: Dimension,
  values: readonly string[],
  { from, to }: Days,
): Promise<DayRollup[]> {
  const days = daysOf({ checkIn: from, checkOut: to })
  if (days.length * values.length > MAX_ROLLUPS) throw tooMany()
  const ids = days.flatMap((day) => values.map((value) => rollupIdOf({ dimension, value, day })))
  const found: StoredRollup[] = []
  for (let i = 0; i < ids.length; i += MAX_SCAN) {
    found.push(...(await store.getMany<StoredRollup>('rollups', ids.slice(i, i + MAX_SCAN))))
  }
  return ordered(found)
}

/** Reads the roll-ups of every value of a dimension, ordered by day and value. */
export async function readEveryRollup(store: Store, dimension: Dimension, { from, to }: Days): Promise<DayRollup[]> {
  const found: StoredRollup[] = []
  for (const day of daysOf({ checkIn: from, checkOut: to })) {
    let cursor: string | undefined
    do {
      const query = { where: { dimension, day }, order: { by: 'value' }, limit: MAX_SCAN, cursor }
      const { docs, next } = await store.scan<StoredRollup>('rollups', query)
      found.push(...docs)
      if (found.length > MAX_ROLLUPS) throw tooMany()
      cursor = next
    } while (cursor)
  }
  return ordered(found)
}

/** By id, which begins with the day. */
const ordered = (found: StoredRollup[]): DayRollup[] => found.sort((a, b) => (a._id < b._id ? -1 : 1)).map(rollupIn)

const tooMany = (): ProblemError =>
  new ProblemError(PROBLEMS.invalid_request, {
    detail: `The answer would have more than ${MAX_ROLLUPS} rows. Ask for fewer days.`,
    errors: [faultAt('from', 'must be a later day')],
  })
