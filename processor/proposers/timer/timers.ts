import { type Deadline, type Timer, timers, type TimerChanges } from '#domain/reactions/timers.ts'
import type { Doc, Store } from '#store/store.ts'
import type { LocatedEvent, Sink } from '../../sinks/events.ts'

/** A timer as the store has it, under its id. */
export interface StoredTimer extends Doc, Omit<Timer, 'id'> {
  /** That of the listing: the member that owns it proposes the deadlines. */
  partition: number
}

/** Keeps the timers that the events set, until later events clear them. */
export const createTimerSink =
  (store: Store, now: () => number): Sink =>
  async (located, partition) => {
    const { set, clear } = changesOf(located, now())
    await Promise.all([
      ...set.map(({ id, ...timer }) => store.insert('timers', { _id: id, partition, ...timer })),
      ...clear.map((id) => store.remove('timers', id)),
    ])
  }

/** Leaves out the timers that a later event of the batch clears. */
function changesOf(located: readonly LocatedEvent[], now: number): { set: Timer[]; clear: string[] } {
  const changes = located.map(({ event }): TimerChanges => timers(event, now))
  const clear = new Set(changes.flatMap(({ clear }) => clear ?? []))
  const set = changes.flatMap(({ set }) => (set && !clear.has(set.id) ? [set] : []))
  return { set, clear: [...clear] }
}

/** The deadline to propose at an instant: the last one that is due, because the ones before are pointless by then. */
export const deadlineAt = ({ deadlines }: Timer | StoredTimer, now: number): Deadline =>
  deadlines.findLast(({ at }) => Date.parse(at) <= now) ?? deadlines[0]

/** After the log has a deadline: the timer waits for its next one, or is removed. Repeating it changes nothing. */
export async function moveOn(store: Store, { _id, deadlines }: StoredTimer, proposed: Deadline): Promise<void> {
  const rest = deadlines.slice(deadlines.indexOf(proposed) + 1)
  const [next] = rest
  if (!next) await store.remove('timers', _id)
  else
    await store.patch('timers', _id, {
      set: [
        [['dueAt'], Date.parse(next.at)],
        [['deadlines'], rest],
      ],
    })
}
