import {
  emptyRollup,
  type Rollup,
  type RollupKey,
  rollUp,
  rollupIdOf,
  rollupKeysOf,
} from '#domain/projections/analytics.ts'
import type { Doc, Store } from '#store/store.ts'
import { untilWon, wonOrUnknown } from '../compare-and-set.ts'
import type { LocatedEvent, Sink } from './events.ts'

export const ANALYTICS = 'booking-analytics'

export interface StoredRollup extends Doc, RollupKey, Rollup {
  rev: number
  /** The highest offset counted, by partition of the log of record. */
  pos: Record<string, number>
}

interface Checkpoint extends Doc {
  seq: number
}

/**
 * Daily roll-ups, each event counted once. Two guards, because each misses what the other catches: the checkpoint of a listing
 * drops an event that lies in the log twice (its second offset is new), the position in a roll-up drops a batch that is read
 * twice (its checkpoints may not have been raised). Checkpoints rise after the roll-ups and before the commit.
 */
export function createAnalytics(store: Store): Sink {
  return async (located, partition) => {
    const fresh = dropRepeated(located, await checkpointsOf(store, located))
    for (const [id, { key, events }] of groupByRollup(fresh)) await count(store, id, key, events, partition)
    await raiseCheckpoints(store, fresh)
  }
}

async function checkpointsOf(store: Store, located: LocatedEvent[]): Promise<Map<string, number>> {
  const listings = [...new Set(located.map(({ event }) => event.listingId))]
  const found = listings.length > 0 ? await store.getMany<Checkpoint>('checkpoints', listings) : []
  return new Map(found.map(({ _id, seq }) => [_id, seq]))
}

/** In order, and against what came earlier in the batch too. */
function dropRepeated(located: LocatedEvent[], checkpoints: Map<string, number>): LocatedEvent[] {
  const seen = new Map(checkpoints)
  return located.filter(({ event: { listingId, seq } }) => {
    if (seq <= (seen.get(listingId) ?? 0)) return false
    seen.set(listingId, seq)
    return true
  })
}

function groupByRollup(located: LocatedEvent[]): Map<string, { key: RollupKey; events: LocatedEvent[] }> {
  const groups = new Map<string, { key: RollupKey; events: LocatedEvent[] }>()
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

/** One update per roll-up and batch, holding only the events above the offset that the roll-up itself has. */
const count = (store: Store, id: string, key: RollupKey, events: LocatedEvent[], partition: number): Promise<void> =>
  untilWon(`roll-up ${id}`, async () => {
    const stored = await store.get<StoredRollup>('rollups', id)
    const above = events.filter(({ offset }) => offset > (stored?.pos[partition] ?? -1))
    const last = above.at(-1)
    if (!last) return true
    const rollup = above.map(({ event }) => event).reduce(rollUp, stored ? countersOf(stored) : emptyRollup)
    if (!stored) {
      const created = { _id: id, ...key, ...rollup, rev: 1, pos: { [partition]: last.offset } }
      return wonOrUnknown(store.insert('rollups', created))
    }
    const set = Object.entries({ ...rollup, rev: stored.rev + 1 }).map(([name, value]) => [[name], value] as const)
    const change = { set: [...set, [['pos', String(partition)], last.offset] as const] }
    return wonOrUnknown(store.patch('rollups', id, change, { path: ['rev'], is: stored.rev }))
  })

/** What is the projection's of a stored roll-up. */
function countersOf({
  _id,
  dimension: _dimension,
  value: _value,
  day: _day,
  rev: _rev,
  pos: _pos,
  ...rollup
}: StoredRollup): Rollup {
  return rollup
}

/** Maximum, never set: a zombie must not take back what others have counted. */
async function raiseCheckpoints(store: Store, located: LocatedEvent[]): Promise<void> {
  const highest = new Map(located.map(({ event }) => [event.listingId, event.seq]))
  const raised = [...highest].map(([id, seq]) =>
    store.patch('checkpoints', id, { max: [[['seq'], seq]], upsert: true }),
  )
  await Promise.all(raised)
}
