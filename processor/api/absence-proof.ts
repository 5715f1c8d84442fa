import type { Log } from '#log/log.ts'
import { DECISIONS } from '../decisions/decisions.ts'
import { VIEWS } from '../sinks/views.ts'
import type { ApiDeps } from './deps.ts'

/**
 * What is not in the views does not exist only once nothing on the log can still bring it about: when every command that lay
 * there as somebody asked is decided, and every event of that is in the views.
 * @returns asks whether that is proven by now
 */
export async function absenceOf({ log, topics }: Pick<ApiDeps, 'log' | 'topics'>): Promise<() => Promise<boolean>> {
  const asked = await endsOf(log, topics.requests)
  return async () => {
    if (!(await hasPassed(log, DECISIONS, topics.requests, asked))) return false
    return hasPassed(log, VIEWS, topics.bookings, await endsOf(log, topics.bookings))
  }
}

const endsOf = async (log: Log, topic: string): Promise<number[]> => (await log.bounds(topic)).map(({ end }) => end)

async function hasPassed(log: Log, group: string, topic: string, ends: number[]): Promise<boolean> {
  const committed = await log.committed(group, topic)
  return ends.every((end, partition) => Math.max(0, committed[partition]!) >= end)
}
