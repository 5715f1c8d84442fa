import { type Store, StoreError } from '#store/store.ts'
import type { Sink } from '../sinks/events.ts'
import { deadLetterFaults } from './check-decisions.ts'
import { type Evidence, everyMessage, type FirstEvents, ownEventIn } from './evidence.ts'
import type { World } from './world.ts'

/** A group whose sink always fails on some events and stores the ids of the others. */
export const BREAKING = 'breaking'

const SEEN = 'seen'

/** The ids of the events on which the sink fails. Ids, because an event may be in the log several times. */
export function breakingEvents({ scheduler }: World, { events }: FirstEvents): Set<string> {
  return new Set(events.filter(() => scheduler.random() < 0.05).map(({ event }) => event.id))
}

/** The same store, which refuses a listing's document with the id of one of these commands, as if it were too large. */
export function createBreakingStore(store: Store, breaking: ReadonlySet<string>): Store {
  const refuse = (ids: readonly string[]): void => {
    const found = ids.find((id) => breaking.has(id))
    if (found !== undefined) throw new StoreError('invalid', `the store breaks on ${found}`)
  }
  return {
    ...store,
    async insert(collection, doc) {
      refuse(Object.keys((doc['ids'] as object | undefined) ?? {}))
      return store.insert(collection, doc)
    },
    async patch(collection, id, change, when) {
      refuse((change.set ?? []).flatMap(([path]) => (path[0] === 'ids' ? [path[1]!] : [])))
      return store.patch(collection, id, change, when)
    },
  }
}

export function createBreakingSink(store: Store, breaking: ReadonlySet<string>): Sink {
  return async (located) => {
    const found = located.find(({ event }) => breaking.has(event.id))
    if (found) throw new TypeError(`the sink breaks on ${found.event.id}`)
    await Promise.all(located.map(({ event }) => store.insert(SEEN, { _id: event.id })))
  }
}

/** I10: an event on which the sink fails is a dead letter, and every other event is handled. */
export function breakingFaults(evidence: Evidence, topic: string, breaking: ReadonlySet<string>): string[] {
  const located = everyMessage(evidence, topic).map((message) => ({ message, id: ownEventIn(message)?.id ?? '' }))
  const seen = new Set(evidence.all(SEEN).map(({ _id }) => _id))
  const missing = located.find(({ id }) => !seen.has(id) && !breaking.has(id))
  const both = located.find(({ id }) => seen.has(id) && breaking.has(id))
  const dead = located.filter(({ id }) => breaking.has(id)).map(({ message }) => message)
  return [
    ...(missing ? [`I10 an event is neither handled nor a dead letter: ${missing.id}`] : []),
    ...(both ? [`I10 an event is handled and a dead letter: ${both.id}`] : []),
    ...deadLetterFaults(evidence, topic, dead),
  ]
}
