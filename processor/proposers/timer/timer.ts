import type { RunOptions } from '#log/log.ts'
import type { Logger } from '#platform/log-line.ts'
import { Outage } from '#platform/node/outage.ts'
import type { Sink } from '../../sinks/events.ts'
import { type RoundsDeps, runRounds } from './rounds.ts'
import { createTimerSink } from './timers.ts'

export const TIMER = 'booking-timer'

/** Settings of the timer. */
export interface TimerSettings {
  /** Default: a second. */
  intervalMs?: number
  /** Milliseconds since the epoch. Default: the clock of the process. */
  now?: () => number
}

export interface Timer {
  /** Keeps the timers of bookings. */
  sink: Sink
  /** Proposes what is due in the partitions of the member. */
  owned: NonNullable<RunOptions['owned']>
  /** Resolves when the rounds have ended, after the member has left its group. */
  ended: () => Promise<void>
}

interface TimerDeps extends Pick<RoundsDeps, 'log' | 'store' | 'propose' | 'metrics'> {
  /** That of the events. */
  topic: string
  settings: TimerSettings
  logger: Logger
}

/** Proposes the deadlines of bookings, so that every hold ends and every stay is completed. The decider has no clock. */
export function createTimer({ topic, settings: { intervalMs = 1_000, now = Date.now }, ...deps }: TimerDeps): Timer {
  const outage = new Outage('the log or the store', deps.logger)
  const rounds = { ...deps, outage, events: { topic, group: TIMER }, now, intervalMs }
  const running = new Set<Promise<void>>()
  const start = (partition: number, signal: AbortSignal): void => {
    const run: Promise<void> = runRounds(partition, signal, rounds).finally(() => running.delete(run))
    running.add(run)
  }
  return {
    sink: createTimerSink(deps.store, now),
    owned: (partitions, signal) => {
      for (const { partition } of partitions) start(partition, signal)
    },
    ended: async () => void (await Promise.all(running)),
  }
}
