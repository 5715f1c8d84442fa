import { gathered } from '#platform/gathered.ts'
import type { ProblemError } from '#platform/problems.ts'
import type { Log } from '#log/log.ts'
import { DECISIONS } from '../decisions/decisions.ts'
import { VIEWS } from '../sinks/views.ts'
import type { ApiDeps } from './deps.ts'

/** Begins a proof. @returns checks whether the proof is complete */
export type ProveAbsence = () => Promise<() => Promise<boolean>>

/**
 * Proves that an id has no view or receipt. It is proven once every command that the log holds at the beginning is decided, and every event of
 * those commands is in the views and receipts: until then the id may still appear. All proofs share their looks at the log.
 */
export function absenceProofs({ log, topics }: Pick<ApiDeps, 'log' | 'topics'>): ProveAbsence {
  const [requests, bookings] = [topics.requests, topics.bookings]
  // A look that began before a proof may be older than its command.
  const commandEnds = gathered<void, number[]>(() => endsOf(log, requests))
  const eventEnds = gathered<void, number[]>(() => endsOf(log, bookings))
  const decided = gathered<void, number[]>(() => log.committed(DECISIONS, requests))
  const visible = gathered<void, number[]>(() => log.committed(VIEWS, bookings))
  return async () => {
    const commands = await commandEnds()
    return async () => {
      if (!hasPassed(await decided(), commands)) return false
      const events = await eventEnds()
      return hasPassed(await visible(), events)
    }
  }
}

/**
 * A look for a wait that ends once the document is proven absent.
 * @param read finds the document, or `undefined`
 * @param unknown is thrown then
 */
export function lookOrProve<T>(
  proveAbsence: ProveAbsence,
  read: () => Promise<T | undefined>,
  unknown: ProblemError,
): () => Promise<T | undefined> {
  let isAbsent: (() => Promise<boolean>) | undefined
  return async () => {
    isAbsent ??= await proveAbsence()
    const absent = await isAbsent()
    // Read after the proof: the document may have been written in between.
    const written = await read()
    if (written === undefined && absent) throw unknown
    return written
  }
}

const endsOf = async (log: Log, topic: string): Promise<number[]> => (await log.bounds(topic)).map(({ end }) => end)

const hasPassed = (committed: readonly number[], ends: readonly number[]): boolean =>
  ends.every((end, partition) => Math.max(0, committed[partition]!) >= end)
