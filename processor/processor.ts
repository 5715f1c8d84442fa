import type { TopicNames } from '#domain/topics.ts'
import type { Handler, Log, Running } from '#log/log.ts'
import { pause } from '#platform/deadline.ts'
import type { Logger } from '#platform/log-line.ts'
import type { SigningKeys } from '#platform/signature.ts'
import type { Store } from '#store/store.ts'
import type { Waiters } from './api/waiters.ts'
import { inParts } from './batch-size.ts'
import { type DeadLetter, deadLettersOf } from './dead-letters.ts'
import { commonPartitions } from './common-partitions.ts'
import { type ConsumerGroup, type GroupDeps, type GroupHandler, GROUPS } from './groups.ts'
import { type Gateway, GatewayError } from './proposers/billing/gateway.ts'
import { watchedGateway } from './proposers/billing/watched-gateway.ts'
import type { TimerSettings } from './proposers/timer/timer.ts'
import { type ProcessorRole, ROLES } from './roles.ts'
import { createMonitor, type Monitor } from './upkeep/monitor/monitor.ts'
import { runWatched } from './upkeep/monitor/watched-member.ts'
import { watchedLog, watchedStore } from './upkeep/monitor/watched-ports.ts'

export interface ProcessorDeps {
  log: Log
  store: Store
  topics: TopicNames
  /** The keys that verify and sign commands, for the roles that need them. */
  commandKeys: SigningKeys
  roles?: readonly ProcessorRole[]
  /** The requests of this process that wait for receipts, bookings and listings. */
  waiters: Pick<Waiters, 'wake'>
  /** Receives a line for each failed batch, which is retried, for each dead letter that the log has, and for each outage of the timer. */
  logger: Logger
  /** Watches the progress and counts the work; a new monitor by default. */
  monitor?: Monitor
  timer?: TimerSettings | undefined
  /** Carries out payments, for the role `billing`; without it the role does nothing. */
  gateway?: Gateway | undefined
}

export interface Processor {
  /** Stops reading, finishes the running batches, leaves the groups. */
  close(): Promise<void>
}

/** Joins the consumer groups of the given roles, of all roles by default. */
export async function startProcessor(deps: ProcessorDeps): Promise<Processor> {
  const { topics, commandKeys, roles = ROLES, waiters, logger, monitor = createMonitor(), timer = {} } = deps
  const log = watchedLog(deps.log, monitor.progress)
  const store = watchedStore(deps.store, monitor)
  const partitions = await commonPartitions(log, topics)
  const deadLetters = (group: string) =>
    deadLettersOf(log, group, (letter) => {
      monitor.metrics.deadLetter(letter)
      reportDeadLetter(logger, letter)
    })
  const groupDeps = {
    log,
    store,
    topics,
    partitions,
    commandKeys,
    deadLetters,
    metrics: monitor.metrics,
    wake: waiters.wake,
    logger,
    timer,
    gateway: deps.gateway && watchedGateway(deps.gateway, monitor, logger),
  }
  const running = await joinAll(roles.flatMap((role) => runGroup(GROUPS[role], groupDeps, monitor) ?? []))
  return {
    async close() {
      await Promise.all(running.map((member) => member.close()))
    },
  }
}

/** If a member cannot join, the others leave their groups before the error is thrown. */
async function joinAll(joining: readonly Promise<Running>[]): Promise<Running[]> {
  const joins = await Promise.allSettled(joining)
  const running = joins.flatMap((join) => (join.status === 'fulfilled' ? [join.value] : []))
  const failed = joins.find((join) => join.status === 'rejected')
  if (!failed) return running
  await Promise.allSettled(running.map((member) => member.close()))
  throw failed.reason
}

/** Omits the reason, which may quote the message; the dead letter's headers contain it. */
const reportDeadLetter = (logger: Logger, { reason: _reason, ...letter }: DeadLetter): void =>
  logger.warn('a message went to the dead letters', letter)

function runGroup(group: ConsumerGroup, deps: GroupDeps, monitor: Monitor): Promise<Running> | undefined {
  const handler = group.create(deps)
  return handler && runHandler(group, handler, deps, monitor)
}

/** A batch passes through the steps from the bottom up: watched, counted, reported if it fails, delayed, handled in parts. */
async function runHandler(
  group: ConsumerGroup,
  { handle, owned, ended }: GroupHandler,
  deps: GroupDeps,
  monitor: Monitor,
): Promise<Running> {
  const { name, maxBatch } = group
  const delayed = delaying(inParts(handle, maxBatch), group)
  const reported = reporting(delayed, name, deps.logger)
  const counted = monitor.metrics.counting(name, reported)
  const options = { group: name, topics: [deps.topics[group.topic]], maxBatch, ...(owned && { owned }) }
  const running = await runWatched(deps.log, options, counted, monitor)
  return {
    async close(graceMs) {
      await running.close(graceMs)
      await ended?.()
    },
  }
}

/** Delays a batch that is not full. A full batch means that the group lags. */
function delaying(handle: Handler, { pauseMs, maxBatch }: ConsumerGroup): Handler {
  if (pauseMs === undefined) return handle
  return async (batch, lease) => {
    if (batch.messages.length < maxBatch) await pause(pauseMs)
    await handle(batch, lease)
  }
}

/** A batch whose lease was lost has not failed: it continues at another member. The gateway's outages have lines of their own. */
const reporting =
  (handle: Handler, group: string, logger: Logger): Handler =>
  async (batch, lease) => {
    try {
      await handle(batch, lease)
    } catch (error) {
      const { topic, partition } = batch
      if (!lease.signal.aborted && !(error instanceof GatewayError))
        logger.error('a batch failed', { group, topic, partition, error })
      throw error
    }
  }
