import {
  emptyRollup,
  type Rollup,
  type RollupKey,
  rollUp,
  rollupIdOf,
  rollupKeysOf,
} from '#domain/projections/analytics.ts'
import type { Change, Condition, Doc, Path, Store } from '#store/store.ts'
import { untilWon, wonOrUnknown } from '../compare-and-set.ts'
import type { LocatedEvent, Sink } from './events.ts'

export const ANALYTICS = 'booking-analytics'

/** `revenue` is absent until an amount was earned. */
export interface StoredRollup extends Doc, RollupKey, Omit<Rollup, 'revenue'>, Partial<Pick<Rollup, 'revenue'>> {
  /** The highest offset counted, by partition of the log of record. */
  pos: Record<string, number>
}

export const rollupIn = (stored: StoredRollup): RollupKey & Rollup => ({ ...emptyRollup, ...stored })

interface Checkpoint extends Doc {
  seq: number
}

/**
 * Daily roll-ups that count each event once, by two guards. The checkpoint of a listing drops an event that is in the log twice,
 * whose second offset is new. The position in a roll-up drops a batch that is read twice, whose checkpoints may not have been
 * raised. Checkpoints rise after the roll-ups and before the commit.
 */
export function createAnalytics(store: Store): Sink {
  return async (located, partition) => {
    const fresh = dropRepeated(located, await checkpointsOf(store, located))
    await Promise.all([...groupByRollup(fresh)].map(([id, group]) => count(store, id, group, partition)))
    await raiseCheckpoints(store, fresh)
  }
}

async function checkpointsOf(store: Store, located: LocatedEvent[]): Promise<Map<string, number>> {
  const listings = [...new Set(located.map(({ event }) => event.listingId))]
  const found = listings.length > 0 ? await store.getMany<Checkpoint>('checkpoints', listings) : []
  return new Map(found.map(({ _id, seq }) => [_id, seq]))
}

/** In order; a repetition within the batch is dropped too. */
function dropRepeated(located: LocatedEvent[], checkpoints: Map<string, number>): LocatedEvent[] {
  const seen = new Map(checkpoints)
  return located.filter(({ event: { listingId, seq } }) => {
    if (seq <= (seen.get(listingId) ?? 0)) return false
    seen.set(listingId, seq)
    return true
  })
}

interface RollupEvents {
  key: RollupKey
  events: LocatedEvent[]
}

function groupByRollup(located: LocatedEvent[]): Map<string, RollupEvents> {
  const groups = new Map<string, RollupEvents>()
  for (const one of located) {
    for (const key of rollupKeysOf(one.event)) {
      const id = rollupIdOf(key)
      const group = groups.get(id) ?? { key, events: [] }
      groups.set(id, group)
      group.events.push(one)
    }
  }
  return groups
}

/**
 * One update per roll-up and batch, with only the events above the offset that the roll-up has counted. Usually these are all
 * events, and the update's condition proves it; otherwise the roll-up is read first. Partitions add to the same roll-ups without
 * waiting for each other, because sums can be added in any order.
 */
async function count(store: Store, id: string, { key, events }: RollupEvents, partition: number): Promise<void> {
  const path = ['pos', String(partition)]
  const add = (above: LocatedEvent[], when: Condition) =>
    wonOrUnknown(store.patch('rollups', id, sumOf(key, above, path), when))
  if (await add(events, { path, below: events[0]!.offset })) return
  await untilWon(`roll-up ${id}`, async () => {
    const counted = (await store.get<StoredRollup>('rollups', id))?.pos[partition]
    const above = events.filter(({ offset }) => offset > (counted ?? -1))
    return above.length === 0 || add(above, { path, is: counted ?? null })
  })
}

/** With the counters that are zero, so that a new roll-up has every counter. */
function sumOf(key: RollupKey, events: LocatedEvent[], pos: Path): Change {
  const { revenue, ...counters } = events.reduce((sum, { event }) => rollUp(sum, event, key.day), emptyRollup)
  const earned = Object.entries(revenue).map(([currency, amount]) => [['revenue', currency], amount] as const)
  const inc = [...Object.entries(counters).map(([name, n]) => [[name], n] as const), ...earned]
  const named = Object.entries(key).map(([name, value]) => [[name], value] as const)
  return { inc, set: [...named, [pos, events.at(-1)!.offset]], upsert: true }
}

/** Raised, never set: a zombie must not lower the checkpoint of another member. */
async function raiseCheckpoints(store: Store, located: LocatedEvent[]): Promise<void> {
  const highest = new Map(located.map(({ event }) => [event.listingId, event.seq]))
  const raised = [...highest].map(([id, seq]) =>
    store.patch('checkpoints', id, { max: [[['seq'], seq]], upsert: true }),
  )
  await Promise.all(raised)
}
