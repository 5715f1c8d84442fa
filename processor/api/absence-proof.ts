import type { Log } from '#log/log.ts'
import { DECISIONS } from '../decisions/decisions.ts'
import { VIEWS } from '../sinks/views.ts'
import type { ApiDeps } from './deps.ts'

/**
 * Begins to prove that an id has no view. It is proven once every command that the log holds now is decided, and every event of
 * those commands is in the views: until then the id may still appear.
 * @returns checks whether the proof is complete
 */
export async function proveAbsence({ log, topics }: Pick<ApiDeps, 'log' | 'topics'>): Promise<() => Promise<boolean>> {
  const commandsEnd = await endsOf(log, topics.requests)
  return async () => {
    if (!(await hasPassed(log, DECISIONS, topics.requests, commandsEnd))) return false
    return hasPassed(log, VIEWS, topics.bookings, await endsOf(log, topics.bookings))
  }
}

const endsOf = async (log: Log, topic: string): Promise<number[]> => (await log.bounds(topic)).map(({ end }) => end)

async function hasPassed(log: Log, group: string, topic: string, ends: number[]): Promise<boolean> {
  const committed = await log.committed(group, topic)
  return ends.every((end, partition) => Math.max(0, committed[partition]!) >= end)
}
