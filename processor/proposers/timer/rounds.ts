import type { Deadline } from '#domain/reactions/timers.ts'
import type { Log } from '#log/log.ts'
import { pause as pauseUntil } from '#platform/deadline.ts'
import type { Logger } from '#platform/log-line.ts'
import type { Outage } from '#platform/node/outage.ts'
import type { Store } from '#store/store.ts'
import { isOutage, type Pause } from '../../attempts.ts'
import { eachOf } from '../../each-of.ts'
import type { Propose } from '../propose.ts'
import { deadlineAt, moveOn, type StoredTimer } from './timers.ts'

export interface RoundsDeps {
  log: Pick<Log, 'bounds' | 'committed' | 'read'>
  store: Store
  propose: Propose
  /** The topic of the events, and the group that sets timers by them. */
  events: { topic: string; group: string }
  /** Milliseconds since the epoch. */
  now: () => number
  /** Between the end of a round and the next one. */
  intervalMs: number
  logger: Pick<Logger, 'error'>
  outage: Pick<Outage, 'failed' | 'answered'>
  metrics: TimerMetrics
  pause?: Pause
}

export interface TimerMetrics {
  proposed(type: Deadline['type']): void
  /** @param count undefined after this process has lost the partition */
  due(partition: number, count: number | undefined): void
}

/** The most timers of one round. The next round follows at once if more are due. */
const MAX_ROUND = 200

/** The pause before another look at what the group has handled. */
const LOOK_AGAIN_MS = 50

/** Documents that are written at the same time. */
const AT_ONCE = 16

/** The longest pause while the log or the store is unreachable. */
const MAX_PAUSE_MS = 15_000

/**
 * Proposes the deadlines of one partition as they come, until the signal aborts. Rounds do not overlap. An outage is waited for.
 * Another member may do the same at the same time, because a repeated proposal has one effect.
 */
export async function runRounds(partition: number, signal: AbortSignal, deps: RoundsDeps): Promise<void> {
  const { intervalMs, logger, outage, metrics, pause = pauseUntil } = deps
  let pauseMs = intervalMs
  while (!signal.aborted) {
    try {
      const more = await round(partition, signal, deps)
      outage.answered()
      pauseMs = more ? 0 : intervalMs
    } catch (error) {
      if (signal.aborted) break
      if (isOutage(error)) outage.failed(error)
      else logger.error('a round of the timer failed', { partition, error })
      pauseMs = Math.min(Math.max(2 * pauseMs, intervalMs), MAX_PAUSE_MS)
    }
    if (pauseMs > 0) await pause(pauseMs, signal)
  }
  metrics.due(partition, undefined)
}

/** @returns whether more timers may be due */
async function round(partition: number, signal: AbortSignal, deps: RoundsDeps): Promise<boolean> {
  const { store, propose, now, metrics } = deps
  const at = now()
  const isDue = ({ dueAt }: StoredTimer): boolean => dueAt <= at
  const query = { where: { partition }, order: { by: 'dueAt' }, limit: MAX_ROUND }
  const found = (await store.scan<StoredTimer>('timers', query)).docs.filter(isDue)
  metrics.due(partition, found.length)
  if (found.length === 0) return false
  await allHandled(partition, signal, deps)
  const ids = found.map(({ _id }) => _id)
  const due = (await store.getMany<StoredTimer>('timers', ids))
    .filter(isDue)
    .map((timer): [StoredTimer, Deadline] => [timer, deadlineAt(timer, at)])
  if (signal.aborted) return false
  await propose(due.map(([, deadline]) => deadline))
  for (const [, { type }] of due) metrics.proposed(type)
  // Not before the log has the commands: a lost one would leave its booking as it is for ever.
  await eachOf(due, AT_ONCE, ([timer, deadline]) => moveOn(store, timer, deadline))
  metrics.due(partition, 0)
  return found.length === MAX_ROUND
}

/**
 * Resolves when the group has handled the events that the partition has now, or when the signal aborts. One of them may clear a timer
 * that was found: after a stop, in the first run on an old log, and when the decider emits events again. The decider keeps the ids of
 * commands for two days, so it would not recognize all of those proposals.
 */
async function allHandled(partition: number, signal: AbortSignal, deps: RoundsDeps): Promise<void> {
  const { log, events, pause = pauseUntil } = deps
  const { topic, group } = events
  const { first, end } = (await log.bounds(topic))[partition] ?? { first: 0, end: 0 }
  while (!signal.aborted) {
    const offset = Math.max(first, (await log.committed(group, topic))[partition] ?? -1)
    // Offsets at the end may hold no message but the markers of a transaction.
    if (offset >= end || (await log.read({ topic, partition, offset }, 1, 0)).length === 0) return
    await pause(LOOK_AGAIN_MS, signal)
  }
}
